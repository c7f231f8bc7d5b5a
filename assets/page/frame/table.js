// A table in a frame that scrolls, on a narrow page with keys too.

import { make } from "./make.js";

/**
 * Returns the frame, and the body that rows go into.
 * @param {HTMLElement} host @param {string} kinds classes of the frame @param {string} label @param {readonly (readonly [string, string])[]} headings
 */
export function tableIn(host, kinds, label, headings) {
  const frame = make("div", kinds, host);
  frame.tabIndex = 0;
  frame.setAttribute("role", "region");
  frame.setAttribute("aria-label", label);
  const table = make("table", "eager-table", frame);
  const head = make("tr", "", make("thead", "", table));
  for (const [name, meaning] of headings) {
    const cell = make("th", "", head);
    cell.scope = "col";
    cell.textContent = name;
    if (meaning) cell.title = meaning;
  }
  return { frame, body: make("tbody", "", table) };
}
