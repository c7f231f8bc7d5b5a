// One polite line for those who hear the page: what has just happened that others see.

import { make } from "./make.js";

/** @type {HTMLElement | null} */
let line = null;

/** @param {string} text */
export function say(text) {
  if (!line) {
    line = make("p", "eager-sr-only", document.body);
    line.setAttribute("role", "status");
  }
  line.textContent = text;
}
