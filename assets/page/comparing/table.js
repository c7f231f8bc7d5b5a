// Both ledgers and their difference, as Python counts them (components/comparing/telling.py).

/** @import { Compared } from "../messages.js" */
import { make } from "../frame/make.js";

const HEADS = ["", "A", "B", "B less A"];

/** @param {HTMLTableElement} table @param {Compared["rows"]} rows */
export function drawTable(table, rows) {
  table.replaceChildren();
  make("caption", "eager-sr-only", table).textContent = "What A and B cost, and the difference";
  const head = make("tr", "", make("thead", "", table));
  for (const text of HEADS) {
    const cell = make(text ? "th" : "td", "", head);
    if (text) cell.setAttribute("scope", "col");
    cell.textContent = text;
  }
  const body = make("tbody", "", table);
  for (const [name, ...cells] of rows) {
    const row = make("tr", "", body);
    const title = make("th", "", row);
    title.scope = "row";
    title.textContent = name;
    for (const text of cells) make("td", "", row).textContent = text;
  }
}
