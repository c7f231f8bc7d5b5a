// What Python and the page must agree on (components/page_facts.py): told before the first view is mounted, the same to all.

/** @import { Facts } from "../messages.js" */

/** @type {Facts} */
export const facts = /** @type {Facts} */ ({}); // empty until it is told

/** @param {Facts} told */
export function learn(told) {
  if (Object.keys(facts).length === 0) Object.assign(facts, told);
}
