// A link to what is on the page: the prompt and every control, in the address.

import { facts } from "./facts.js";

/** @param {unknown[]} values */
export function remember(values) {
  const url = new URL(window.location.href);
  facts.in_link.forEach((name, index) => {
    const value = values[index];
    if (value === null || value === undefined || value === "") url.searchParams.delete(name);
    else url.searchParams.set(name, String(value));
  });
  window.history.replaceState(window.history.state, "", url);
}
