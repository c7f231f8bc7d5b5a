// What went wrong in a run and what to do, asked for when a run is over (components/sequences/diagnosing.py).

/** @import { Values } from "../frame/types.js" */
/** @import { TreeStore } from "../tree/store.js" */
import { make } from "../frame/make.js";

// `ask()`: asks for what went wrong. `values(listener)`: has the listener called with each answer.
/** @param {HTMLElement} element @param {{ store: TreeStore, ask: () => void, values: Values }} wires */
export function mountDiagnosis(element, { store, ask, values }) {
  const list = make("ul", "eager-findings", element);
  list.setAttribute("aria-live", "polite");
  list.hidden = true;
  store.subscribe("changed", () => {
    if (store.running) list.hidden = true;
  });
  store.subscribe("run ended", () => ask());
  values((value) => {
    const { run, findings } = JSON.parse(value);
    if (run !== store.run || store.running) return;
    list.replaceChildren();
    for (const { kind, what, remedy } of findings) {
      const line = make("li", "", list);
      line.dataset.kind = kind;
      line.append(`${what} `);
      make("b", "", line).textContent = remedy;
    }
    list.hidden = findings.length === 0;
  });
}
