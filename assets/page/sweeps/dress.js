// What the plots of a sweep have in common: the theme's colours, a colour and a mark for each M, axes.

import { palette } from "../frame/palette.js";

export const CONFIG = { displayModeBar: false, scrollZoom: false, doubleClick: false, responsive: true };
const HEIGHT_PX = 300;
const NUM_COLORS = 6;
const MARKS = ["circle", "diamond", "triangle-up", "x", "star", "pentagon"];

// Of the M at a place among all: told apart without its colour, too.
/** @param {number} at */
export function lookOf(at) {
  return { color: palette.css(`--eager-sweep-${at % NUM_COLORS}`), symbol: MARKS[at % MARKS.length] };
}

// A value as a reader reads it.
/** @param {number} value @param {"share" | "count"} kind */
export function told(value, kind) {
  return kind === "share" ? `${(100 * value).toFixed(0)} %` : value.toLocaleString("en", { maximumFractionDigits: 1 });
}

/** @param {string} title @param {PlotlyPart} own */
export function axis(title, own) {
  const { css } = palette;
  return {
    ...own, title: { text: title, standoff: 8, font: { size: 12 } }, fixedrange: true, gridcolor: css("--eager-grid"), zeroline: false,
    tickfont: { color: css("--eager-muted") }, automargin: true,
  };
}

/** @param {PlotlyPart} xaxis @param {PlotlyPart} yaxis @returns {PlotlyPart} */
export function layoutOf(xaxis, yaxis) {
  const { css } = palette;
  return {
    xaxis, yaxis, height: HEIGHT_PX, margin: { l: 50, r: 14, t: 34, b: 44 }, hovermode: "closest",
    paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", font: { family: css("--eager-sans"), size: 11, color: css("--eager-muted") },
    hoverlabel: { bgcolor: css("--eager-ink"), font: { family: css("--eager-sans"), color: css("--eager-ground") } },
    showlegend: true, legend: { orientation: "h", x: 0, y: 1.02, yanchor: "bottom", font: { color: css("--eager-ink") } },
  };
}
