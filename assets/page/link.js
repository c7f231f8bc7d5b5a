// A link to what is on the page: the prompt and every control, in the address.
(() => {
  "use strict";
  const eager = (window.eager = window.eager || {});
  // The names of components/controls.py, in its order; a test compares them.
  const NAMES = [
    "prompt", "theta", "max_sequences", "temperature", "top_p", "max_new_tokens", "seed", "date", "strategy", "measure", "cap", "dynamic_threshold",
    "entropy_of", "percentile", "num_candidate_branches", "model", "precision",
  ];

  function remember(values) {
    const url = new URL(window.location.href);
    NAMES.forEach((name, index) => {
      const value = values[index];
      if (value === null || value === undefined || value === "") url.searchParams.delete(name);
      else url.searchParams.set(name, String(value));
    });
    window.history.replaceState(window.history.state, "", url);
  }

  eager.link = { NAMES, remember };
})();
