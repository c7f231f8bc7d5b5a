// A sweep's table: texts that Python wrote (components/sweeps/table.py). A row's first cell is a button that puts its theta and
// M beside the tree: what a press on a point does, by keyboard.

/** @import { SweepCell, SweepResults } from "../messages.js" */
import { make } from "../frame/make.js";
import { tableIn } from "../frame/table.js";
import { nameOf } from "./plots.js";

/** @param {HTMLElement} host @param {SweepResults} results @param {(cell: SweepCell) => void} choose */
export function drawSweepTable(host, { cells, headings, rows }, choose) {
  const before = host.querySelector(".eager-table-frame")?.scrollTop ?? 0;
  const focused = [...host.querySelectorAll("button")].indexOf(/** @type {HTMLButtonElement} */ (document.activeElement));
  host.replaceChildren();
  const { frame, body } = tableIn(host, "eager-table-frame eager-sweep-table", "All settings of the sweep", headings);
  rows.forEach((row, at) => {
    const line = make("tr", "", body);
    row.forEach(([value, interval], column) => {
      const cell = make(column ? "td" : "th", "", line);
      if (!column) cell.scope = "row";
      if (!column && !cells[at].is_full) chooser(cell, value, cells[at], choose);
      else make("span", "eager-table-value", cell).textContent = value;
      if (interval) make("span", "eager-table-interval", cell).textContent = interval;
    });
  });
  frame.scrollTop = before;
  if (focused >= 0) host.querySelectorAll("button")[focused]?.focus({ preventScroll: true });
  make("p", "eager-note", host).textContent = "Means a prompt. Intervals: 95 %, bootstrap over prompts.";
}

/** @param {HTMLElement} parent @param {string} text @param {SweepCell} cell @param {(cell: SweepCell) => void} choose */
function chooser(parent, text, cell, choose) {
  const button = make("button", "eager-tool", parent);
  button.type = "button";
  button.textContent = text;
  button.title = `Put ${nameOf(cell)} beside the tree`;
  button.setAttribute("aria-label", `${text}. ${button.title}`);
  button.addEventListener("click", () => choose(cell));
}
