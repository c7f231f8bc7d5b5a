// A sweep's two plots: a line over theta for each M, of what the reader chose; and Pass@k against tokens, with the front.

/** @import { Metric, SweepCell, SweepResults } from "../messages.js" */
import { make } from "../frame/make.js";
import { palette } from "../frame/palette.js";
import { CONFIG, axis, layoutOf, lookOf, told } from "./dress.js";

/** @typedef {{ panel: HTMLElement, plot: HTMLElement, listens: boolean }} Panel */
/** @typedef {PlotlyTrace & { cells: SweepCell[] }} CellTrace each point stands for a cell */

const DODGE = 0.07; // of the distance between two thetas: intervals of several M stand side by side
const [PASS, TOKENS] = [0, 3]; // places among the metrics

export class SweepPlots {
  // `choose(cell)`: a reader has pressed the cell's point.
  /** @param {HTMLElement} parent @param {(cell: SweepCell) => void} choose */
  constructor(parent, choose) {
    this._choose = choose;
    this.metric = PASS;
    /** @type {Metric[]} */
    this.metrics = [];
    /** @type {SweepResults | null} */
    this.results = null;
    /** @type {Promise<unknown> | null} */
    this.painted = null; // settles when Plotly has drawn what was told last
    this.host = make("div", "eager-budget-plots", parent);
    this.lines = this._panel("Over θ", "A line over theta for each M");
    this.choices = make("div", "eager-budget-stages", this.lines.panel);
    this.choices.setAttribute("role", "group");
    this.choices.setAttribute("aria-label", "What the lines show");
    this.lines.panel.insertBefore(this.choices, this.lines.plot);
    this.front = this._panel("Pass@k against tokens", "Pass@k against tokens, with the front that no other setting betters");
    palette.onThemeChange(() => this._draw());
  }

  /** @param {string} caption @param {string} label @returns {Panel} */
  _panel(caption, label) {
    const panel = make("section", "eager-budget-plot", this.host);
    make("p", "eager-caption", panel).textContent = caption;
    const plot = make("div", "eager-sweep-plot", panel);
    plot.setAttribute("role", "img");
    plot.setAttribute("aria-label", `${label}. The table below holds the same numbers.`);
    return { panel, plot, listens: false };
  }

  /** @param {Metric[]} metrics */
  begin(metrics) {
    this.metrics = metrics;
    this.results = null;
    this.host.hidden = true;
    this.choices.replaceChildren();
    metrics.forEach(([name], at) => {
      const button = make("button", "eager-tool", this.choices);
      button.type = "button";
      button.textContent = name;
      button.addEventListener("click", () => this._show(at));
    });
    this._press();
  }

  /** @param {number} at */
  _show(at) {
    this.metric = at;
    this._press();
    this._draw();
  }

  _press() {
    for (const [at, button] of [...this.choices.children].entries()) button.setAttribute("aria-pressed", String(at === this.metric));
  }

  /** @param {SweepResults} results */
  draw(results) {
    this.results = results;
    this.host.hidden = false;
    this._draw();
  }

  _draw() {
    const { results } = this;
    if (!results) return;
    const counts = [...new Set(results.cells.map((cell) => cell.max_sequences))];
    const hasTheta = results.cells.some((cell) => cell.theta !== null);
    this.lines.panel.hidden = !hasTheta;
    const drawn = [this._react(this.front, frontTraces(results, counts), frontLayout())];
    if (hasTheta) drawn.push(this._react(this.lines, this._lineTraces(results, counts), this._lineLayout()));
    this.painted = Promise.all(drawn);
  }

  /** @param {Panel} panel @param {CellTrace[]} traces @param {PlotlyPart} layout */
  async _react(panel, traces, layout) {
    const plot = /** @type {PlotlyElement & { cells: SweepCell[][] }} */ (panel.plot);
    plot.cells = traces.map(({ cells }) => cells);
    await Plotly.react(plot, traces.map(({ cells: _, ...trace }) => trace), layout, CONFIG);
    if (panel.listens) return;
    panel.listens = true;
    plot.on("plotly_click", ({ points: [{ curveNumber, pointIndex }] }) => {
      const cell = plot.cells[curveNumber]?.[pointIndex];
      if (cell && !cell.is_full) this._choose(cell);
    });
  }

  /** @param {SweepResults} results @param {number[]} counts @returns {CellTrace[]} */
  _lineTraces({ cells }, counts) {
    const [name, kind] = this.metrics[this.metric];
    const thetas = [...new Set(cells.flatMap(({ theta }) => theta ?? []))];
    const distance = thetas.length > 1 ? (Math.max(...thetas) - Math.min(...thetas)) / (thetas.length - 1) : 0;
    return counts.map((most, at) => {
      const { color, symbol } = lookOf(at);
      const own = cells.filter((cell) => cell.max_sequences === most && !cell.is_full);
      const values = own.map((cell) => cell.values[this.metric]);
      return {
        type: "scatter", mode: "lines+markers", name: `M = ${most}`, cells: own, hoverinfo: "text",
        x: own.map(({ theta }) => (theta ?? 0) + (at - (counts.length - 1) / 2) * DODGE * distance), y: values.map(([value]) => value),
        text: own.map((cell, place) => `${nameOf(cell)}: ${name} ${toldEnds(values[place], kind)}`),
        marker: { symbol, color, size: 7 }, line: { color, width: 2 },
        error_y: {
          type: "data", symmetric: false, color, thickness: 1, width: 2,
          array: values.map(([value, , high]) => (high ?? value) - value), arrayminus: values.map(([value, low]) => value - (low ?? value)),
        },
      };
    });
  }

  _lineLayout() {
    const [name, kind] = this.metrics[this.metric];
    const y = kind === "share" ? { range: [-0.04, 1.04], tickformat: ".0%" } : { rangemode: "tozero" };
    return layoutOf(axis("θ", {}), axis(`${name}${kind === "count" ? " a prompt" : ""}`, y));
  }
}

/** @param {SweepResults} results @param {number[]} counts @returns {CellTrace[]} */
function frontTraces({ cells, front }, counts) {
  const best = front.map((place) => cells[place]);
  const full = cells.filter((cell) => cell.is_full);
  const [muted, ink] = [palette.css("--eager-muted"), palette.css("--eager-ink")];
  return [
    {
      ...points(best, "front"), mode: "lines", hoverinfo: "skip", line: { color: ink, width: 1.5, shape: "hv" },
    },
    ...counts.map((most, at) => {
      const { color, symbol } = lookOf(at);
      const own = cells.filter((cell) => cell.max_sequences === most && !cell.is_full);
      return { ...points(own, `M = ${most}`), mode: "markers", marker: { symbol, color, size: 8, opacity: 0.85 } };
    }),
    ...(full.length ? [{ ...points(full, "full sampling"), mode: "lines+markers", marker: { symbol: "square", color: muted, size: 9 }, line: { color: muted, width: 1, dash: "dot" } }] : []),
  ];
}

/** @param {SweepCell[]} cells @param {string} name */
function points(cells, name) {
  return {
    type: "scatter", name, cells, hoverinfo: "text", x: cells.map(({ values }) => values[TOKENS][0]), y: cells.map(({ values }) => values[PASS][0]),
    text: cells.map((cell) => `${nameOf(cell)}: Pass@k ${toldEnds(cell.values[PASS], "share")}, ${toldEnds(cell.values[TOKENS], "count")} tokens`),
  };
}

function frontLayout() {
  return layoutOf(axis("tokens a prompt", { rangemode: "tozero" }), axis("Pass@k", { range: [-0.04, 1.04], tickformat: ".0%" }));
}

/** @param {SweepCell} cell */
export function nameOf({ theta, max_sequences, is_full }) {
  if (is_full) return `full sampling, M = ${max_sequences}`;
  return theta === null ? `M = ${max_sequences}` : `θ ${theta}, M = ${max_sequences}`;
}

/** @param {import("../messages.js").Ends} ends @param {"share" | "count"} kind */
function toldEnds([value, low, high], kind) {
  return told(value, kind) + (low === null || high === null ? "" : ` (${told(low, kind)} to ${told(high, kind)})`);
}
