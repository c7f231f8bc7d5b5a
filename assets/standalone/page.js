// Starts a saved tree's own page: the same views as on the live page, fed from the JSON that the file holds.

import { clipStart } from "../page/tree/graphemes.js";
import { facts as known } from "../page/frame/facts.js";
import { createParts } from "../page/parts.js";

const { delta, told, facts, comparing, told_of_a: toldOfA } = JSON.parse(document.getElementById("eager-data").textContent);
const parts = createParts();
const { store, mounts } = parts;
const root = (id) => document.querySelector(`#${id} .eager-root`);
const never = () => {};

// The text before a token, from the store; the file does not repeat it for each node.
function context(id, of = store) {
  const texts = of.path(id).slice(1, -1).map((node) => of.prose(node));
  return clipStart(texts.join(""), known.longest_context);
}

function trigger(event, { id }) {
  if (event === "node_click") parts.inspector.receive({ ...told[id], context: context(id) });
}

parts.learn(facts);
mounts.inspector(root("inspector"), { trigger: never, values: never });
mounts.tree(root("token-tree"), { trigger, values: never });
for (const name of ["ledger", "time", "entropy", "sequences", "keys"]) mounts[name](root(name), { trigger: never, values: never });
store.apply(delta);
if (comparing) {
  const inspectPinned = (id) => parts.inspector.receive({ ...toldOfA[id], context: context(id, parts.comparing.tree.store) });
  mounts.comparing(root("comparing"), { trigger: null, inspectPinned, values: (listener) => listener(JSON.stringify(comparing)) });
}
window.eager = parts; // what browser tests ask
