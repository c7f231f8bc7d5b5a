// The one way in which our scripts make an element: with its class, at the end of its parent.
(() => {
  "use strict";
  const eager = (window.eager = window.eager || {});

  eager.make = (tag, className, parent) => {
    const element = document.createElement(tag);
    if (className) element.className = className;
    return parent.appendChild(element);
  };
})();
