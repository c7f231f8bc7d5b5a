// The parts of a page that show one tree, and what each is told of the others. Nothing here is the only one of its kind:
// two of these on one page are two trees that know nothing of each other.

/** @import { Mount } from "./frame/types.js" */
/** @import { ComparingNews, Told, TreeDelta } from "./messages.js" */
import { ComparingView } from "./comparing/view.js";
import { Keys } from "./frame/keys.js";
import { Requests } from "./frame/requests.js";
import { InspectorView } from "./inspector/view.js";
import { EntropyView } from "./sequences/entropy.js";
import { mountLedger } from "./sequences/ledger.js";
import { SequencesView } from "./sequences/view.js";
import { TimeView } from "./time/view.js";
import { CatchingUp } from "./tree/catching_up.js";
import { createStore } from "./tree/store.js";
import { TreeView } from "./tree/view.js";

// Each is null until it is mounted.
export class Parts {
  constructor() {
    this.store = createStore();
    this.requests = new Requests(this.store);
    /** @type {TreeView | null} */
    this.tree = null;
    /** @type {CatchingUp | null} */
    this.catchingUp = null;
    /** @type {InspectorView | null} */
    this.inspector = null;
    /** @type {TimeView | null} */
    this.time = null;
    /** @type {EntropyView | null} */
    this.entropy = null;
    /** @type {SequencesView | null} */
    this.sequences = null;
    /** @type {Keys | null} */
    this.keys = null;
    /** @type {ComparingView | null} */
    this.comparing = null;
    /** @type {Record<string, Mount>} what mounts a part in an element, by its name */
    this.mounts = mountsOf(this);
  }
}

/** @param {Parts} parts @returns {Record<string, Mount>} */
function mountsOf(parts) {
  const { store, requests } = parts;
  /** @param {number} node */
  const inspect = (node) => parts.tree?.inspect(node);
  /** @type {(view: TreeView) => void} */
  let treeIsThere;
  /** @type {Promise<TreeView>} */
  const tree = new Promise((resolve) => (treeIsThere = resolve));
  return {
    tree(element, { trigger, values }) {
      parts.tree = new TreeView(element, { store, requests, trigger });
      parts.catchingUp = new CatchingUp(store, (known) => trigger("catch_up", { ...known }));
      parts.catchingUp.watch();
      values((value) => parts.catchingUp?.take(/** @type {TreeDelta} */ (JSON.parse(value))));
      treeIsThere(parts.tree);
    },
    // Waits until the tree is there, which it stands beside.
    async comparing(element, { trigger, values, isAlone }) {
      const view = await tree;
      parts.comparing = new ComparingView(element, { view, requests, trigger, isAlone });
      values((value) => parts.comparing?.take(/** @type {ComparingNews} */ (JSON.parse(value))));
    },
    inspector(element, { trigger, values }) {
      parts.inspector = new InspectorView(element, { store, requests, trigger, inspect });
      values((value) => parts.inspector?.receive(/** @type {Told} */ (JSON.parse(value))));
    },
    time(element) {
      parts.time = new TimeView(element, store);
    },
    entropy(element) {
      parts.entropy = new EntropyView(element, { store, inspect });
    },
    sequences(element) {
      parts.sequences = new SequencesView(element, { store, inspect });
    },
    ledger(element) {
      mountLedger(element, store);
    },
    keys(element) {
      parts.keys = new Keys(element, parts);
    },
  };
}

export function createParts() {
  return new Parts();
}
