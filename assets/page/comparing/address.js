// The pinned run in the page's address, beside what the controls hold (frame/link.js).

import { facts } from "../frame/facts.js";

// `query`: what Python says stands for the run (components/comparing/linking.py); empty for none.
/** @param {string} query */
export function rememberPinned(query) {
  const url = new URL(window.location.href);
  if (query) url.searchParams.set(facts.pinned_in_link, query);
  else url.searchParams.delete(facts.pinned_in_link);
  window.history.replaceState(window.history.state, "", url);
}
