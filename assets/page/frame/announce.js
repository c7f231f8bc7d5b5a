// One polite line for those who hear the page: what has just happened that others see.

import { make } from "./make.js";

let line = null;

export function say(text) {
  if (!line) {
    line = make("p", "eager-sr-only", document.body);
    line.setAttribute("role", "status");
  }
  line.textContent = text;
}
