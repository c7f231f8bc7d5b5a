// The live page: the parts of its tree, and what only a page with a server has. start.js makes it the one global, `eager`:
// for Gradio's snippets (components/frame/view.py, app.py) and for tests, for no script of ours.

import { ExperimentView } from "./experiments/view.js";
import { mountDownload } from "./files/download.js";
import { savePicture } from "./files/picture.js";
import { facts } from "./frame/facts.js";
import { remember } from "./frame/link.js";
import { mountDiagnosis } from "./sequences/diagnosis.js";
import { createParts } from "./parts.js";

export const page = createParts();

page.link = { remember: rememberAndTell, know };
page.savePicture = (format) => savePicture(page.tree, format, page.comparing);

// The controls as they were told last: Gradio tells all of them whenever one was moved.
let controls = [];

function know(values) {
  controls = values;
}

function rememberAndTell(values) {
  remember(values);
  const moved = facts.in_link.map((name, at) => ({ name, value: values[at] })).filter(({ value }, at) => value !== controls[at]);
  know(values);
  for (const { name, value } of moved) page.store.tell("slider moved", { name, value });
}

// What the page's own styles ask (frame/page.css).
page.store.subscribe("changed", () => {
  document.body.dataset.eagerRunning = String(page.store.running);
});

Object.assign(page.mounts, {
  download(_, { values }) {
    mountDownload(values);
  },
  diagnosis(element, { trigger, values }) {
    mountDiagnosis(element, { store: page.store, ask: () => trigger("ask", {}), values });
  },
  experiment(element, { trigger, values }) {
    const view = new ExperimentView(element, (which) => trigger("open_tree", which), () => trigger("catch_up", {}));
    document.getElementById("budget-view").budget = view; // what browser tests ask
    values((delta) => view.take(JSON.parse(delta)));
  },
});
