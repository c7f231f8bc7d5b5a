// A tree that stands beside another: {shared: Set of its nodes that the other has too, mark: the node after which they part
// first, or null}; null for one that stands alone. Pure: no DOM.

// Whether the tree beside this one has this place too.
export function isShared(beside, places, place) {
  return beside !== null && places.node[place] !== null && beside.shared.has(places.node[place]);
}
