// The shape of a curve: what is known, as points and a line that steps where the tree changes. Free of the document.

/** @import { ToldCurve, Quantity, Shape } from "./types.js" */
/** @import { Place, Step } from "../messages.js" */
import { isKnown } from "./quantities.js";

// Known places between `lowest` and `highest` as {x, y}, open ones as x alone, and the line as xs and ys, with a riser where
// Python tells that the change between two neighbours happens.
/** @param {ToldCurve} told @param {Quantity} quantity @param {number} lowest @param {number} highest @returns {Shape} */
export function shapeOf({ places, steps }, quantity, lowest, highest) {
  const inside = places.filter(([value]) => value >= lowest && value <= highest);
  const known = inside.filter(isKnown).map((place) => ({ x: place[0], y: quantity.of(place) }));
  const at = new Map(steps.map(([low, high, change]) => [`${low} ${high}`, change]));
  /** @type {Shape["line"]} */
  const line = { x: [], y: [] };
  known.forEach(({ x, y }, index) => {
    const before = known[index - 1];
    const change = before && at.get(`${before.x} ${x}`);
    if (change !== undefined) add(line, change, before.y, change, y);
    else if (before && before.y !== y) add(line, x, before.y);
    add(line, x, y);
  });
  return { known, open: inside.filter((place) => !isKnown(place)).map(([value]) => value), line, ...scaleOf(known) };
}

/** @param {Shape["line"]} line @param {...number} points */
function add({ x, y }, ...points) {
  for (let index = 0; index < points.length; index += 2) {
    x.push(points[index]);
    y.push(points[index + 1]);
  }
}

/** @param {Shape["known"]} known */
function scaleOf(known) {
  const ys = known.map(({ y }) => y);
  const least = Math.min(...ys);
  const most = Math.max(...ys);
  const pad = most > least ? (most - least) * 0.16 : 1;
  return known.length ? { least: least - pad, most: most + pad } : { least: 0, most: 1 };
}

// The values of the known places around a value, up to the first open one on either side.
/** @param {Place[]} places @param {number} value @returns {number[]} */
export function knownAround(places, value) {
  const below = places.findLastIndex((place) => place[0] <= value && !isKnown(place));
  const above = places.findIndex((place) => place[0] >= value && !isKnown(place));
  return places.slice(below + 1, above < 0 ? places.length : above).map(([at]) => at);
}

// The place nearest to a value, and the step that ends there.
/** @param {ToldCurve} told @param {number} value @returns {{ place: Place, step: Step | null }} */
export function nearest({ places, steps }, value) {
  const place = places.reduce((best, other) => (Math.abs(other[0] - value) < Math.abs(best[0] - value) ? other : best));
  return { place, step: steps.find(([, high]) => high === place[0]) ?? null };
}
