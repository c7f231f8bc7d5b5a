// Words where the model writes pieces of them: stretches of a limb that read as one. Pure: no DOM.

/** @import { Places } from "./places.js" */
/** @import { Limb } from "./types.js" */
import { facts } from "../frame/facts.js";

// Returns the words of a limb among its places `first` to `last` (indices on the limb), each as a list of places.
// A word ends where another begins, where the tree branches, and where ghosts begin.
/** @param {Places} places @param {Limb} limb @param {number} first @param {number} last */
export function wordsOf(places, limb, first, last) {
  /** @type {number[][]} */
  const words = [];
  for (let index = wordStart(places, limb, first); index <= last; index++) {
    if (index === 0 || breaksBefore(places, limb, index)) words.push([]);
    words[words.length - 1].push(limb.places[index]);
  }
  return words;
}

// Begins with what can be seen by itself, and has nothing after it that cannot be seen but what joins characters.
const READS = /^[^\p{C}\p{Z}\p{M}](?:[^\p{C}\p{Z}]|[\u200c\u200d])*$/u;

// A word's text as it reads, its pieces joined, characters that several of them write too; where not all of it could be
// seen, their labels. Without the space before it.
/** @param {Places} places @param {number[]} word */
export function wordText(places, word) {
  const reads = word.map((place) => places.prose(place)).join("").replace(/^ /, "");
  if (READS.test(reads)) return reads;
  const text = word.map((place) => places.text[place]).join("");
  return text.length > 1 && text.startsWith(facts.space_mark) ? text.slice(1) : text;
}

/** @param {Places} places @param {Limb} limb @param {number} index */
function wordStart(places, limb, index) {
  while (index > 0 && !breaksBefore(places, limb, index)) index--;
  return index;
}

/** @param {Places} places @param {Limb} limb @param {number} index */
function breaksBefore(places, limb, index) {
  const place = limb.places[index];
  const before = limb.places[index - 1];
  const isGhost = places.node[place] === null;
  return places.beginsWord[place] || places.children[before].length > 1 || isGhost !== (places.node[before] === null) || before === 0;
}
