// The store as it stood when node `visibleUntil` was the newest: what the time scrubber makes the tree show.

// The store itself, or a view of it with later nodes, forks and endings left out; reads like a store. Costs a copy of
// the visible ids.
export function shown(store) {
  const last = store.visibleUntil;
  if (last >= store.numNodes - 1) return store;
  const past = Object.create(store);
  past.sequences = store.sequences.map((sequence) => truncated(sequence, last));
  past.forks = store.forks.filter((fork) => past.sequences[fork.newSequence].nodes.length > 0);
  past.selected = store.selected !== null && store.selected > last ? null : store.selected;
  return past;
}

function truncated(sequence, last) {
  const nodes = sequence.nodes.slice(0, numUpTo(sequence.nodes, last));
  if (nodes.length === sequence.nodes.length) return sequence;
  const begun = nodes.length > 0;
  return {
    ...sequence, nodes, reason: null, firstDepth: begun ? sequence.firstDepth : null, leaf: begun ? nodes.at(-1) : sequence.forkNode,
  };
}

// How many of the rising ids are at most `last`.
export function numUpTo(ids, last) {
  let [low, high] = [0, ids.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ids[middle] <= last) low = middle + 1;
    else high = middle;
  }
  return low;
}
