// The parts of a page that show one tree, and what each is told of the others. Nothing here is the only one of its kind:
// two of these on one page are two trees that know nothing of each other.

import { ComparingView } from "./comparing/view.js";
import { learn } from "./frame/facts.js";
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

// Returns the parts, each null until it is mounted, and `mounts`: by its name, what mounts a part in an element, given
// `trigger(event, asked)`, which tells Python of an event, and `values(listener)`, which has the listener called with each
// text that Python tells.
export function createParts() {
  const store = createStore();
  const requests = new Requests(store);
  const parts = { learn, store, requests, tree: null, catchingUp: null, inspector: null, time: null, entropy: null, sequences: null, keys: null, comparing: null };
  let treeIsThere;
  const tree = new Promise((resolve) => (treeIsThere = resolve));
  const inspect = (node) => parts.tree.inspect(node);
  parts.mounts = {
    tree(element, { trigger, values }) {
      parts.tree = new TreeView(element, { store, requests, trigger });
      parts.catchingUp = new CatchingUp(store, (known) => trigger("catch_up", known));
      parts.catchingUp.watch();
      values((delta) => parts.catchingUp.take(JSON.parse(delta)));
      treeIsThere();
    },
    // Waits until the tree is there, which it stands beside. Without a server `trigger` is null, and `inspectPinned` given.
    comparing(element, { trigger, inspectPinned, values }) {
      tree.then(() => {
        parts.comparing = new ComparingView(element, { view: parts.tree, requests, trigger, inspectPinned });
        values((message) => parts.comparing.take(JSON.parse(message)));
      });
    },
    inspector(element, { trigger, values }) {
      parts.inspector = new InspectorView(element, { store, requests, trigger, inspect });
      values((told) => parts.inspector.receive(JSON.parse(told)));
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
  return parts;
}
