// The inspector's bars: Python's figure (components/inspector/figure.py) in the theme's colours, and over each row a
// button that takes its token. One row at a time is in the tab order; the arrow keys go from row to row.

/** @import { BarsFigure, BarsTrace, Choice } from "../messages.js" */
import { make } from "../frame/make.js";
import { palette } from "../frame/palette.js";

// `choices`: one a row, {token_id, label, chance, node: its node in the tree or null}.
// `choose` is called with the choice whose row was pressed; null where nothing can be grown or shown.
/** @param {HTMLElement} parent @param {BarsFigure} figure @param {Choice[]} choices @param {boolean} canGrow @param {(choice: Choice) => void} choose */
export function mountBars(parent, figure, choices, canGrow, choose) {
  const frame = make("div", "eager-bars", parent);
  const plot = /** @type {HTMLDivElement & PlotlyElement} */ (make("div", "eager-bars-plot", frame));
  plot.setAttribute("aria-hidden", "true");
  Plotly.newPlot(plot, figure.data.map(dressed), layout(figure.layout), { displayModeBar: false, staticPlot: true, responsive: true });
  const rows = make("div", "eager-rows", frame);
  rows.setAttribute("role", "group");
  rows.setAttribute("aria-label", "Tokens that could stand here, the most likely first");
  const axis = plot._fullLayout.yaxis;
  const rowPx = axis.l2p(1) - axis.l2p(0);
  choices.forEach((choice, index) => {
    const row = make("button", "eager-row", rows);
    row.type = "button";
    row.style.top = `${axis._offset + axis.l2p(index) - rowPx / 2}px`;
    row.style.height = `${rowPx}px`;
    row.tabIndex = index === 0 ? 0 : -1;
    row.dataset.token = String(choice.token_id);
    row.classList.toggle("eager-row-taken", choice.node !== null);
    const what = choice.node !== null ? "Go to" : "Take";
    row.disabled = choice.node === null && !canGrow;
    row.title = `${what} ${choice.label}`;
    row.setAttribute("aria-label", `${what} ${choice.label}, ${choice.chance}${choice.node !== null ? ", in the tree" : ""}`);
    row.addEventListener("click", () => choose(choice));
  });
  rows.addEventListener("keydown", (event) => step(rows, event));
}

/** @param {HTMLElement} rows @param {KeyboardEvent} event */
function step(rows, event) {
  const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!by) return;
  event.preventDefault();
  event.stopPropagation();
  /** @type {HTMLButtonElement[]} */
  const all = [...rows.querySelectorAll("button")].filter((row) => !row.disabled);
  const next = all[all.findIndex((row) => row.contains(document.activeElement)) + by];
  if (!next) return;
  for (const row of all) row.tabIndex = row === next ? 0 : -1;
  next.focus();
}

/** @typedef {Record<string, string>} Colors by role */

// Python says what each bar is (meta.roles); the theme says how that looks.
/** @returns {Colors} */
function colors() {
  const { css } = palette;
  return {
    before: css("--eager-bar-before"), after: css("--eager-bar-after"), cut: css("--eager-bar-cut"),
    strip0: css("--eager-strip"), strip1: css("--eager-strip-alt"), landed: css("--eager-accent"),
    rest: css("--eager-bar-cut"), dice: css("--eager-ink"),
  };
}

/** @param {BarsTrace} trace @returns {PlotlyPart} */
function dressed(trace) {
  const color = colors();
  const roles = trace.meta.roles.map((role) => color[role]);
  if (trace.type === "bar") return { ...trace, marker: { color: roles, line: { width: 0 } } };
  if (trace.fill) return { ...trace, fillcolor: roles[0], line: { ...part(trace.line), color: color.rest } };
  return { ...trace, line: { ...part(trace.line), color: roles[0] }, marker: { ...part(trace.marker), color: roles[0] } };
}

/** @param {BarsFigure["layout"]} told */
function layout(told) {
  const { css } = palette;
  const ink = css("--eager-ink");
  const muted = css("--eager-muted");
  return {
    ...told, paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", font: { family: css("--eager-sans"), size: 11, color: muted },
    xaxis: { ...told.xaxis, gridcolor: css("--eager-grid"), zerolinecolor: css("--eager-line") },
    yaxis: { ...told.yaxis, tickfont: { family: css("--eager-mono"), size: 11, color: ink }, showgrid: false, zeroline: false },
    annotations: told.annotations.map((note) => ({ ...note, font: { size: 10, color: note.name === "cut" ? muted : ink } })),
  };
}

/** @param {unknown} value @returns {PlotlyPart} */
function part(value) {
  return /** @type {PlotlyPart} */ (value);
}
