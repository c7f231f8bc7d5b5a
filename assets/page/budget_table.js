// The stages side by side: texts that Python wrote (components/budget/table.py), as a table.
(() => {
  "use strict";
  const eager = (window.eager = window.eager || {});

  eager.drawBudgetTable = (host, { headings, rows, notes }) => {
    host.replaceChildren();
    const frame = eager.make("div", "eager-table-frame", host);
    frame.tabIndex = 0; // on a narrow page it scrolls, with keys too
    frame.setAttribute("role", "region");
    frame.setAttribute("aria-label", "The stages side by side");
    const table = eager.make("table", "eager-table", frame);
    const head = eager.make("tr", "", eager.make("thead", "", table));
    for (const [name, meaning] of headings) {
      const cell = eager.make("th", "", head);
      cell.scope = "col";
      cell.textContent = name;
      if (meaning) cell.title = meaning;
    }
    const body = eager.make("tbody", "", table);
    for (const row of rows) {
      const line = eager.make("tr", "", body);
      line.dataset.stage = row[0][0];
      row.forEach(([value, interval], column) => {
        const cell = eager.make(column ? "td" : "th", "", line);
        if (!column) cell.scope = "row";
        eager.make("span", "eager-table-value", cell).textContent = value;
        if (interval) eager.make("span", "eager-table-interval", cell).textContent = interval;
      });
    }
    const caption = eager.make("p", "eager-note", host);
    caption.textContent = ["Intervals: 95 %, bootstrap over prompts.", ...notes].join(" ");
  };
})();
