// How the tree's plot looks: the theme's colours, its margins and axes.

/** @import { InView, Look } from "./types.js" */
import { palette } from "../frame/palette.js";

export const MARGIN = { l: 30, r: 14, t: 8, b: 40 };
export const CONFIG = { displayModeBar: false, scrollZoom: true, doubleClick: false, responsive: false, showTips: false };

/** @returns {Look} */
export function readLook() {
  const { css, ramp, unknown } = palette;
  return {
    ramp, unknown, ink: css("--eager-ink"), muted: css("--eager-muted"), line: css("--eager-line"),
    ghostLine: css("--eager-ghost-line"), ghostInk: css("--eager-ghost-ink"), accent: css("--eager-accent"), rim: css("--eager-rim"),
    grid: css("--eager-grid"), mono: css("--eager-mono"), sans: css("--eager-sans"),
  };
}

// Plotly's layout: the axes as the camera has them, the size as the plot's element has it.
/** @param {Look} look @param {Pick<InView, "x" | "y">} camera @param {HTMLElement} plot */
export function layoutOf(look, camera, plot) {
  return {
    margin: MARGIN, hovermode: false, dragmode: "pan", showlegend: false, paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)", font: { family: look.sans, size: 11, color: look.muted },
    width: plot.clientWidth, height: plot.clientHeight,
    xaxis: {
      range: camera.x.slice(), zeroline: false, gridcolor: look.grid, tickcolor: look.grid, ticks: "outside", ticklen: 4, nticks: 12,
      ticklabeloverflow: "allow", automargin: false, title: { text: "tokens after the prompt", standoff: 6, font: { size: 11 } },
    },
    yaxis: { range: camera.y.slice(), zeroline: false, showgrid: false, showticklabels: false, ticks: "", automargin: false, scaleanchor: false },
  };
}
