// The live page: the parts of its tree, and what only a page with a server has. start.js makes it the one global, `eager`:
// for Gradio's snippets (components/frame/view.py, app.py) and for tests, for no script of ours.

import { remember } from "./frame/link.js";
import { ExperimentView } from "./experiments/view.js";
import { mountDownload } from "./files/download.js";
import { savePicture } from "./files/picture.js";
import { mountDiagnosis } from "./sequences/diagnosis.js";
import { createParts } from "./parts.js";

export const page = createParts();

page.link = { remember };
page.savePicture = (format) => savePicture(page.tree, format);

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
