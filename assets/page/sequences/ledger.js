// The ledger: the numbers that a lecturer points at. They come counted from Python (components/tree/growth.py).

/** @import { LedgerCells } from "../messages.js" */
/** @import { TreeStore } from "../tree/store.js" */
import { make } from "../frame/make.js";

/** @type {[string, string, (l: LedgerCells, store: TreeStore) => string][]} */
const CELLS = [
  ["saved", "saved", (l) => (l[2] ? `${Math.round(100 * l[3])} %` : "–")],
  ["generated", "tokens generated", (l) => whole(l[0])],
  ["reused", "prefix tokens reused", (l) => whole(l[1])],
  ["parallel", "tokens in full sequences", (l) => whole(l[2])],
  ["forks", "forks", (_, store) => whole(store.numForks)],
  ["effort", "passes · time", (l, store) => (store.running ? "…" : `${whole(l[4])} · ${l[5].toFixed(1)} s`)],
  // Only where sequences end before the model's context does: what limits them.
  ["context", "context", (_, store) => store.contextCap],
];

/** @param {number} number */
function whole(number) {
  return number.toLocaleString("en");
}

/** @param {HTMLElement} element @param {TreeStore} store */
export function mountLedger(element, store) {
  const list = make("dl", "eager-ledger", element);
  const cells = CELLS.map(([key, name, show]) => {
    const cell = make("div", `eager-cell eager-cell-${key}`, list);
    const term = make("dt", "", cell);
    term.textContent = name;
    const value = make("dd", "", cell);
    value.textContent = "–";
    cell.hidden = key === "context";
    return { key, cell, term, value, show };
  });
  store.subscribe("changed", () => {
    if (!store.ledger) return;
    for (const { key, cell, term, value, show } of cells) {
      const text = show(store.ledger, store);
      if (value.textContent !== text) value.textContent = text;
      cell.hidden = text === "";
      if (key === "parallel") term.textContent = `tokens in ${store.maxSequences ?? "as many"} full sequences`;
    }
  });
}
