// The stages side by side: texts that Python wrote (components/experiments/table.py), as a table.

/** @import { Table } from "../messages.js" */
import { make } from "../frame/make.js";

/** @param {HTMLElement} host @param {Table} table */
export function drawTable(host, { headings, rows, notes }) {
  host.replaceChildren();
  const frame = make("div", "eager-table-frame", host);
  frame.tabIndex = 0; // on a narrow page it scrolls, with keys too
  frame.setAttribute("role", "region");
  frame.setAttribute("aria-label", "The stages side by side");
  const table = make("table", "eager-table", frame);
  const head = make("tr", "", make("thead", "", table));
  for (const [name, meaning] of headings) {
    const cell = make("th", "", head);
    cell.scope = "col";
    cell.textContent = name;
    if (meaning) cell.title = meaning;
  }
  const body = make("tbody", "", table);
  for (const row of rows) {
    const line = make("tr", "", body);
    line.dataset.stage = row[0][0];
    row.forEach(([value, interval], column) => {
      const cell = make(column ? "td" : "th", "", line);
      if (!column) cell.scope = "row";
      make("span", "eager-table-value", cell).textContent = value;
      if (interval) make("span", "eager-table-interval", cell).textContent = interval;
    });
  }
  const caption = make("p", "eager-note", host);
  caption.textContent = ["Intervals: 95 %, bootstrap over prompts.", ...notes].join(" ");
}
