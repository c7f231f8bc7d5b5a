// One polite line for those who hear the page: what has just happened that others see.
(() => {
  "use strict";
  const eager = (window.eager = window.eager || {});
  let line = null;

  eager.say = (text) => {
    if (!line) {
      line = eager.make("p", "eager-sr-only", document.body);
      line.setAttribute("role", "status");
    }
    line.textContent = text;
  };
})();
