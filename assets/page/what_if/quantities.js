// What a curve can show of a place: its number among those that Python tells (components/what_if/news.py), and its words.

/** @import { Place } from "../messages.js" */
/** @import { KnownPlace, Quantity } from "./types.js" */

/** @type {Record<string, Quantity>} */
export const QUANTITIES = {
  tokens: { label: "tokens", of: (place) => place[1], words: (value) => counted(value, "token") },
  sequences: { label: "seq.", title: "sequences", of: (place) => place[2], words: (value) => counted(value, "sequence") },
  forks: { label: "forks", of: (place) => place[3], words: (value) => counted(value, "fork") },
  saved: { label: "saved", title: "share saved of M full samples", of: (place) => 100 * place[4], words: (value) => `${Math.round(value)} % saved` },
};

// All that is known of a place, in one line.
/** @param {KnownPlace} place */
export function outcomeWords(place) {
  return ["tokens", "sequences", "forks"].map((name) => QUANTITIES[name].words(QUANTITIES[name].of(place))).join(", ");
}

/** @param {Place} place @returns {place is KnownPlace} */
export function isKnown(place) {
  return place.length > 1;
}

// A value of a slider as it is read: exact, but without the zeros and noise of binary fractions.
/** @param {number} value @param {number} digits */
export function valueWords(value, digits = 4) {
  return String(Number(value.toFixed(digits)));
}

/** @param {number} number @param {string} noun */
function counted(number, noun) {
  return `${number.toLocaleString("en")} ${noun}${number === 1 ? "" : "s"}`;
}
