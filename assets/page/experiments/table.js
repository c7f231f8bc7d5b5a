// The stages side by side: texts that Python wrote (components/experiments/table.py), as a table.

/** @import { Table } from "../messages.js" */
import { make } from "../frame/make.js";
import { tableIn } from "../frame/table.js";

/** @param {HTMLElement} host @param {Table} table */
export function drawTable(host, { headings, rows, notes }) {
  host.replaceChildren();
  const { body } = tableIn(host, "eager-table-frame", "The stages side by side", headings);
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
