// The one way in which our scripts make an element: with its class, at the end of its parent.

/** @template {keyof HTMLElementTagNameMap} Tag @param {Tag} tag @param {string} className @param {HTMLElement} parent @returns {HTMLElementTagNameMap[Tag]} */
export function make(tag, className, parent) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  return parent.appendChild(element);
}
