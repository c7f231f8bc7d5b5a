// The one way in which our scripts make an element: with its class, at the end of its parent.

export function make(tag, className, parent) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  return parent.appendChild(element);
}
