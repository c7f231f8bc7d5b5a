// Starts a saved tree's own page: the same views as on the live page, fed from the JSON that the file holds.

/** @import { ComparingNews, Facts, ToldOfNode, ToldWhen, TreeDelta } from "../page/messages.js" */
/** @import { TreeStore } from "../page/tree/store.js" */
import { facts, learn } from "../page/frame/facts.js";
import { createParts } from "../page/parts.js";
import { clipStart } from "../page/tree/graphemes.js";

/**
 * @typedef {{
 *   delta: TreeDelta, told: (ToldWhen & ToldOfNode)[], facts: Facts, comparing?: ComparingNews, told_of_a?: (ToldWhen & ToldOfNode)[],
 * }} Held what the file holds: web_page.py
 */

/** @type {Held} */
const held = JSON.parse(document.getElementById("eager-data")?.textContent ?? "");
learn(held.facts);
const parts = createParts();
const { store, mounts } = parts;
const never = () => {};

/** @param {string} id */
function root(id) {
  return /** @type {HTMLElement} */ (document.querySelector(`#${id} .eager-root`));
}

// The text before a token, from the store; the file does not repeat it for each node.
/** @param {number} id @param {TreeStore} [of] */
function context(id, of = store) {
  const texts = of.path(id).slice(1, -1).map((node) => of.prose(node));
  return clipStart(texts.join(""), facts.longest_context);
}

/** @param {string} event @param {Record<string, unknown>} asked */
function trigger(event, { id }) {
  if (event === "node_click") parts.inspector?.receive({ ...held.told[Number(id)], context: context(Number(id)) });
}

mounts.inspector(root("inspector"), { trigger: never, values: never });
mounts.tree(root("token-tree"), { trigger, values: never });
for (const name of ["ledger", "time", "entropy", "sequences", "keys"]) mounts[name](root(name), { trigger: never, values: never });
store.apply(held.delta);

/** @param {string} event @param {Record<string, unknown>} asked */
function triggerOfA(event, { id }) {
  const of = parts.comparing?.tree?.store;
  if (event === "node_click" && of && held.told_of_a) {
    parts.inspector?.receive({ ...held.told_of_a[Number(id)], context: context(Number(id), of) });
  }
}

if (held.comparing) {
  mounts.comparing(root("comparing"), { trigger: triggerOfA, values: (listener) => listener(JSON.stringify(held.comparing)), isAlone: true });
}
window.eager = parts; // what browser tests ask
