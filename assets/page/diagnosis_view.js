// What went wrong in a run and what to do, asked for when a run is over (components/diagnosing.py).
(() => {
  "use strict";
  const eager = (window.eager = window.eager || {});

  eager.mountDiagnosis = (element, props, trigger, watch) => {
    const list = eager.make("ul", "eager-findings", element);
    list.setAttribute("aria-live", "polite");
    list.hidden = true;
    let asked = 0;
    eager.store.subscribe((store) => {
      if (store.running) list.hidden = true;
      if (store.running || store.run === asked) return;
      asked = store.run;
      trigger("ask", {});
    });
    watch("value", () => {
      const { run, findings } = JSON.parse(props.value);
      if (run !== eager.store.run || eager.store.running) return;
      list.replaceChildren();
      for (const { kind, what, remedy } of findings) {
        const line = eager.make("li", "", list);
        line.dataset.kind = kind;
        line.append(`${what} `);
        eager.make("b", "", line).textContent = remedy;
      }
      list.hidden = findings.length === 0;
    });
  };
})();
