// What this browser keeps of a reader's choices for the curves, from one visit to the next.

import { QUANTITIES } from "./quantities.js";

const QUANTITY = "eager-curves-show";
const LOOKS_AHEAD = "eager-look-ahead";

export class Kept {
  /** @returns {string} */
  get quantity() {
    const name = read(QUANTITY);
    return Object.hasOwn(QUANTITIES, name) ? name : "tokens";
  }

  /** @param {string} name */
  set quantity(name) {
    write(QUANTITY, name);
  }

  /** @returns {boolean} */
  get looksAhead() {
    return read(LOOKS_AHEAD) !== "no";
  }

  /** @param {boolean} wanted */
  set looksAhead(wanted) {
    write(LOOKS_AHEAD, wanted ? "yes" : "no");
  }
}

// A browser may keep nothing, and say so by an error.
/** @param {string} key */
function read(key) {
  try {
    return localStorage.getItem(key) ?? "";
  } catch {
    return "";
  }
}

/** @param {string} key @param {string} value */
function write(key, value) {
  try {
    localStorage.setItem(key, value);
  } catch {
    // The choice holds as long as the page is open.
  }
}
