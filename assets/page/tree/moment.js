// What is shown of a tree: all of it, or what there was when some node was the newest. The one mask that the tree's
// picture, its legend and tooltips, the inspector, the entropies and the time track all ask; the scrubber moves it.

/** @import { TreeStore } from "./store.js" */
/** @import { Sequence } from "./types.js" */

export class Moment {
  /** @param {TreeStore} store */
  constructor(store) {
    this._store = store;
    this.until = Infinity; // the newest node to show
  }

  // Whether nothing is left out.
  get isNow() {
    return this.until >= this._store.numNodes - 1;
  }

  // The newest node that is shown.
  get newest() {
    return Math.min(this.until, this._store.numNodes - 1);
  }

  /** @param {number} node */
  shows(node) {
    return node <= this.until;
  }

  // Ghosts belong to no moment but the present one.
  /** @param {number} place */
  showsPlace(place) {
    const node = this._store.places.node[place];
    return node === null ? this.isNow : this.shows(node);
  }

  // The store itself, or a view of it with later nodes, forks and endings left out; reads like a store. Costs a copy of
  // the ids that are shown.
  /** @returns {TreeStore} */
  get store() {
    if (this.isNow) return this._store;
    const { until } = this;
    const { sequences, forks, selected } = this._store;
    const past = Object.create(this._store);
    past.sequences = sequences.map((sequence) => truncated(sequence, until));
    past.forks = forks.filter((fork) => past.sequences[fork.newSequence].nodes.length > 0);
    past.selected = selected !== null && this.shows(selected) ? selected : null;
    return past;
  }
}

/** @param {Sequence} sequence @param {number} until @returns {Sequence} */
function truncated(sequence, until) {
  const nodes = sequence.nodes.slice(0, numUpTo(sequence.nodes, until));
  if (nodes.length === sequence.nodes.length) return sequence;
  const begun = nodes.length > 0;
  return {
    ...sequence, nodes, reason: null, firstDepth: begun ? sequence.firstDepth : null, leaf: begun ? nodes[nodes.length - 1] : sequence.forkNode,
  };
}

// How many of the rising ids are at most `until`.
/** @param {number[]} ids @param {number} until */
function numUpTo(ids, until) {
  let [low, high] = [0, ids.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ids[middle] <= until) low = middle + 1;
    else high = middle;
  }
  return low;
}
