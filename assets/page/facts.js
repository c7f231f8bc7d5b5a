// What Python and the page must agree on (components/page_facts.py): told before the first view is mounted, the same to all.
(() => {
  "use strict";
  const eager = (window.eager = window.eager || {});

  eager.facts = null;
  eager.learn = (facts) => {
    eager.facts ??= facts;
  };
})();
