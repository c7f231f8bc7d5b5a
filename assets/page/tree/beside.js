// A tree that stands beside another: {shared: Set of its nodes that the other has too, mark: the node after which they part
// first, or null}; null for one that stands alone. Pure: no DOM.

/** @import { Places } from "./places.js" */
/** @import { Beside } from "./types.js" */

// Whether the tree beside this one has this place too.
/** @param {Beside | null} beside @param {Places} places @param {number} place @returns {boolean} */
export function isShared(beside, places, place) {
  const node = places.node[place];
  return beside !== null && node !== null && beside.shared.has(node);
}
