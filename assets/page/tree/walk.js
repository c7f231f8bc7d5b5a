// Steps from place to place, for the arrow keys.

/** @import { Places } from "./places.js" */
/** @import { Direction, Span } from "./types.js" */

// The place one step from `place`: its parent, its child on the same lane (or the first), or the nearest lane below or
// above at the same depth; null if none is to be seen there. `spans`: see spans.js.
/** @param {Places} places @param {Span[]} spans @param {number} place @param {Direction} direction @returns {number | null} */
export function neighbour(places, spans, place, direction) {
  if (direction === "parent") return place === 0 ? null : places.parent[place];
  if (direction === "child") {
    const seen = places.children[place].filter((child) => places.index(child) < spans[places.limbOf[child]].total);
    return seen.find((child) => places.node[child] !== null) ?? seen[0] ?? null;
  }
  const sign = direction === "below" ? 1 : -1;
  let nearest = null;
  for (const { limb, total } of spans) {
    const index = places.depth[place] - limb.firstDepth;
    const distance = sign * (limb.lane - places.lane(place));
    if (index < 0 || index >= total || distance <= 0) continue;
    if (nearest === null || distance < nearest.distance) nearest = { place: limb.places[index], distance };
  }
  return nearest?.place ?? null;
}

// The place drawn in a cell, or null.
/** @param {Span[]} spans @param {number} depth @param {number} lane */
export function placeAt(spans, depth, lane) {
  const span = spans.find(({ limb, total }) => limb.lane === lane && depth >= limb.firstDepth && depth < limb.firstDepth + total);
  return span ? span.limb.places[depth - span.limb.firstDepth] : null;
}
