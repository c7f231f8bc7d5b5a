// What is to be seen of each limb: its present part, its ghosts, or nothing, where it is folded away.
// Pure: no DOM. All three follow one another on a limb, for a run enters a limb at its beginning.

/** @import { Places } from "./places.js" */
/** @import { TreeStore } from "./store.js" */
/** @import { Limb, ShownPlaces, Span } from "./types.js" */

// `shows`: {ghosts, folds: a Set of places whose subtrees are folded}.
// Returns, for each limb in the order of ids, {limb, present, total}: how many of its places are in the present tree,
// and how many are drawn, ghosts counted. In the past (the time scrubber's) there are no ghosts.
/** @param {TreeStore} store @param {ShownPlaces} shows @returns {Span[]} */
export function spansOf(store, shows) {
  const { places } = store;
  const withGhosts = shows.ghosts && store.moment.isNow;
  const cut = new Array(places.limbs.length).fill(Infinity); // index of the first folded place
  for (const place of shows.folds) {
    const limb = places.limbOf[place];
    cut[limb] = Math.min(cut[limb], places.index(place));
  }
  /** @type {boolean[]} */
  const hidden = [];
  return places.limbs.map((limb) => {
    hidden[limb.id] = limb.gone || isBehindFold(places, limb, cut, hidden);
    if (hidden[limb.id]) return { limb, present: 0, total: 0 };
    const drawn = Math.min(limb.places.length, cut[limb.id] + 1);
    const present = Math.min(drawn, numPresent(store, limb));
    return { limb, present, total: withGhosts ? drawn : present };
  });
}

/** @param {Places} places @param {Limb} limb @param {number[]} cut @param {boolean[]} hidden */
function isBehindFold(places, limb, cut, hidden) {
  if (limb.id === 0) return false;
  const parent = places.limbOf[limb.parent];
  return hidden[parent] || places.index(limb.parent) >= cut[parent];
}

/** @param {TreeStore} store @param {Limb} limb */
function numPresent(store, limb) {
  const { node } = store.places;
  let [low, high] = [0, limb.places.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const id = node[limb.places[middle]];
    if (id !== null && store.moment.shows(id)) low = middle + 1;
    else high = middle;
  }
  return low;
}

// How many places lie behind a folded one: of the present run, or where it has none there, ghosts.
/** @param {TreeStore} store @param {number} place */
export function sizeBehind(store, place) {
  const { children, node } = store.places;
  const waiting = [...children[place]];
  let [present, ghosts] = [0, 0];
  while (waiting.length) {
    const next = /** @type {number} */ (waiting.pop());
    if (node[next] === null) ghosts++;
    else if (store.moment.shows(node[next])) present++;
    for (const child of children[next]) waiting.push(child);
  }
  return present || ghosts;
}
