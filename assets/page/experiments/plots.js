// An experiment's two plots: Python's figures (components/experiments/plots.py) in the theme's colours.

/** @import { Plots, StageFigure, StageTrace } from "../messages.js" */
import { make } from "../frame/make.js";
import { palette } from "../frame/palette.js";

const CONFIG = { displayModeBar: false, scrollZoom: false, doubleClick: false, responsive: true };
/** @type {(keyof Plots)[]} */
const NAMES = ["curves", "savings"];
const HEIGHT_PX = 260;
const DRAW_EVERY_MS = 1000; // they cost tens of milliseconds, and quick prompts are done many times a second

export class ExperimentPlots {
  /** @param {HTMLElement} parent */
  constructor(parent) {
    /** @type {Plots | null} */
    this.plots = null;
    /** @type {number | null} */
    this._timer = null;
    /** @type {number | null} */
    this._drawnAt = null;
    this.host = make("div", "eager-budget-plots", parent);
    this.curves = this._panel("Pass@k against tokens");
    this.savings = this._panel("Tokens saved by each prompt");
    palette.onThemeChange(() => this.plots && this.draw(this.plots));
  }

  /** @param {string} title */
  _panel(title) {
    const panel = make("section", "eager-budget-plot", this.host);
    make("p", "eager-caption", panel).textContent = title;
    const plot = make("div", "", panel);
    plot.setAttribute("role", "img");
    plot.setAttribute("aria-label", title);
    return { panel, plot };
  }

  // Whether the newest plots are on the page.
  get isDrawn() {
    return Boolean(this.plots) && !this._timer;
  }

  clear() {
    this.plots = null;
    this.host.hidden = true;
  }

  /** @param {Plots} plots */
  draw(plots) {
    this.plots = plots;
    if (this._timer) return;
    const wait = Math.max(0, DRAW_EVERY_MS - (performance.now() - (this._drawnAt ?? -DRAW_EVERY_MS)));
    this._timer = setTimeout(() => {
      this._timer = null;
      this._drawnAt = performance.now();
      if (this.plots) this._draw(this.plots);
    }, wait);
  }

  /** @param {Plots} plots */
  _draw(plots) {
    this.host.hidden = false;
    for (const name of NAMES) {
      const { panel, plot } = this[name];
      const figure = plots[name];
      panel.hidden = figure === null;
      if (figure) Plotly.react(plot, figure.data.map(dressed), layout(figure.layout), CONFIG);
    }
  }
}

/** @param {StageTrace} trace @returns {PlotlyPart} */
function dressed(trace) {
  const color = palette.css(`--eager-stage-${trace.meta.stage}`);
  return { ...trace, hoverinfo: "text", marker: { .../** @type {PlotlyPart} */ (trace.marker), color }, line: { color, width: 2 } };
}

/** @param {StageFigure["layout"]} told */
function layout(told) {
  const { css } = palette;
  /** @param {PlotlyPart & { title: PlotlyPart }} own */
  const axis = (own) => ({
    ...own, title: { ...own.title, standoff: 8, font: { size: 12 } }, fixedrange: true, gridcolor: css("--eager-grid"), zerolinecolor: css("--eager-line"),
    tickfont: { color: css("--eager-muted") }, automargin: true,
  });
  return {
    ...told, height: HEIGHT_PX, margin: { l: 50, r: 12, t: 28, b: 44 }, hovermode: "closest", bargap: 0.25,
    paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", font: { family: css("--eager-sans"), size: 11, color: css("--eager-muted") },
    hoverlabel: { bgcolor: css("--eager-ink"), font: { family: css("--eager-sans"), color: css("--eager-ground") } },
    showlegend: true, legend: { orientation: "h", x: 0, y: 1.02, yanchor: "bottom", font: { color: css("--eager-ink") } },
    xaxis: axis(told.xaxis), yaxis: axis(told.yaxis),
  };
}
