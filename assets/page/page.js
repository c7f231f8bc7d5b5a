// The live page: the parts of its tree, and what only a page with a server has. start.js makes it the one global, `eager`:
// for Gradio's snippets (components/frame/view.py, app.py) and for tests, for no script of ours.

/** @import { Calibrated, ExperimentDelta, Facts, Offer, SweepDelta, WhatIfNews } from "./messages.js" */
import { ExperimentView } from "./experiments/view.js";
import { mountDownload } from "./files/download.js";
import { savePicture } from "./files/picture.js";
import { facts, learn } from "./frame/facts.js";
import { remember } from "./frame/link.js";
import { Parts } from "./parts.js";
import { mountDiagnosis } from "./sequences/diagnosis.js";
import { CalibrationView } from "./sweeps/calibration.js";
import { createOffer } from "./sweeps/offer.js";
import { SweepView } from "./sweeps/view.js";
import { slidersThere } from "./what_if/sliders.js";
import { WhatIfView } from "./what_if/view.js";

export class Page extends Parts {
  constructor() {
    super();
    /** @type {WhatIfView | null} */
    this.whatIf = null;
    /** @type {unknown[]} the controls as they were told last */
    this._controls = [];
    this.link = {
      /** @param {unknown[]} values */
      know: (values) => this._know(values),
      /** @param {unknown[]} values */
      remember: (values) => this._remember(values),
    };
    // What the page's own styles ask (frame/page.css).
    this.store.subscribe("changed", () => {
      document.body.dataset.eagerRunning = String(this.store.running);
    });
    Object.assign(this.mounts, mountsOf(this));
  }

  /** @param {Facts} told */
  learn(told) {
    learn(told);
  }

  /** @param {"svg" | "png"} format */
  async savePicture(format) {
    if (this.tree) await savePicture(this.tree, format, this.comparing?.pair);
  }

  /** @param {unknown[]} values */
  _know(values) {
    this._controls = values;
  }

  // Gradio tells all controls whenever one was moved.
  /** @param {unknown[]} values */
  _remember(values) {
    const before = this._controls;
    remember(values);
    this._know(values);
    facts.in_link.forEach((name, at) => {
      if (values[at] !== before[at]) this.store.tell("slider moved", { name, value: values[at] });
    });
  }
}

/** @param {Page} page @returns {Page["mounts"]} */
function mountsOf(page) {
  const { store } = page;
  return {
    async what_if(element, { trigger, values }) {
      await slidersThere();
      page.whatIf = new WhatIfView(element, { store, ask: (asked) => trigger("ask", { ...asked }) });
      values((value) => page.whatIf?.receive(/** @type {WhatIfNews} */ (JSON.parse(value))));
    },
    download(_, { values }) {
      mountDownload(values);
    },
    diagnosis(element, { trigger, values }) {
      mountDiagnosis(element, { store, ask: () => trigger("ask", {}), values });
    },
    experiment(element, { trigger, values }) {
      const view = new ExperimentView(element, (which) => trigger("open_tree", which), () => trigger("catch_up", {}));
      Object.assign(/** @type {Element} */ (element.closest("#budget-view")), { budget: view }); // what browser tests ask
      values((value) => view.take(/** @type {ExperimentDelta} */ (JSON.parse(value))));
    },
    sweep(element, { trigger, values }) {
      const view = new SweepView(element, (what) => trigger("choose", what), () => trigger("catch_up", {}));
      Object.assign(/** @type {Element} */ (element.closest("#sweep-view")), { sweep: view }); // what browser tests ask
      values((value) => view.take(/** @type {SweepDelta} */ (JSON.parse(value))));
    },
    calibration(element, { values }) {
      const view = new CalibrationView(element);
      values((value) => view.show(/** @type {Calibrated} */ (JSON.parse(value))));
    },
    async offer(_, { trigger, values }) {
      await slidersThere();
      const show = createOffer((what) => trigger("choose", what));
      values((value) => show(/** @type {Offer} */ (JSON.parse(value))));
    },
  };
}

export const page = new Page();
