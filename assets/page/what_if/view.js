// What other values of the sliders would give: a curve and an interval at each of three, a choice of what the curves show,
// and the switch that lets the server look ahead. Asks when a run has ended; Python tells (components/what_if).

/** @import { SliderName, WhatIfNews } from "../messages.js" */
/** @import { ToldSlider } from "./types.js" */
/** @import { TreeStore } from "../tree/store.js" */
/** @typedef {{ slider: Slider, interval: Interval, curve: Curve }} Part */
import { facts } from "../frame/facts.js";
import { make } from "../frame/make.js";
import { Curve } from "./curve.js";
import { Interval } from "./interval.js";
import { jumpByKeys } from "./jumping.js";
import { Kept } from "./kept.js";
import { QUANTITIES } from "./quantities.js";
import { SLIDERS, Slider } from "./sliders.js";

const ASK_LATER_MS = 5000;

export class WhatIfView {
  // `ask(asked)`: asks Python for what there is to tell of a run.
  /** @param {HTMLElement} element @param {{ store: TreeStore, ask: (asked: { run: number, look_ahead: boolean }) => void }} wires */
  constructor(element, { store, ask }) {
    this.store = store;
    this.ask = ask;
    this.kept = new Kept();
    /** @type {SliderName | null} the slider whose places are being explored */
    this.explores = null;
    /** @type {Partial<Record<SliderName, ToldSlider>>} by slider, all that is known of it */
    this.told = {};
    this.number = 0; // the newest message's
    /** @type {number | null} of which the curves are */
    this.drawing = null;
    /** @type {string | null} the control that was moved last */
    this.moved = null;
    /** @type {number | undefined} */
    this._later = undefined;
    this.parts = SLIDERS.map((which) => this._part(new Slider(which)));
    const frame = make("div", "eager-what-if", element);
    this._choices(frame);
    const line = make("label", "eager-look-ahead", frame);
    line.hidden = !facts.looks_ahead;
    line.title = "While nobody asks for anything, explore what the sliders may be moved to.";
    this.switch = make("input", "", line);
    Object.assign(this.switch, { type: "checkbox", checked: this.kept.looksAhead });
    make("span", "", line).textContent = "Look ahead";
    this.status = make("span", "eager-look-ahead-status", line);
    this.switch.addEventListener("change", () => this._turn());
    store.subscribe("run began", () => this._begin());
    store.subscribe("run ended", () => this._askNow());
    store.subscribe("slider moved", ({ name }) => {
      this.moved = name;
    });
    store.subscribe("changed", () => this._mark());
  }

  /** @param {Slider} slider @returns {Part} */
  _part(slider) {
    const interval = new Interval(slider);
    const curve = new Curve(slider);
    jumpByKeys(slider, () => this._toldNow(slider));
    slider.block.addEventListener("input", () => curve.mark());
    new ResizeObserver(() => {
      interval.place();
      curve.draw();
    }).observe(slider.block);
    return { slider, interval, curve };
  }

  // What was told of the run on the page.
  /** @param {Slider} slider */
  _toldNow(slider) {
    const told = this.told[slider.name];
    return told?.run === this.store.run ? told : null;
  }

  _mark() {
    for (const { curve } of this.parts) curve.mark();
  }

  /** @param {HTMLElement} parent */
  _choices(parent) {
    const choices = make("fieldset", "eager-segments", parent);
    make("legend", "eager-sr-only", choices).textContent = "What the curves show";
    for (const [name, { label, title }] of Object.entries(QUANTITIES)) {
      const segment = make("label", "eager-segment", choices);
      const input = make("input", "", segment);
      Object.assign(input, { type: "radio", name: "eager-quantity", value: name, checked: name === this.kept.quantity });
      make("span", "", segment).textContent = label;
      if (title) segment.title = title;
      input.addEventListener("change", () => this._choose(name));
    }
    this._choose(this.kept.quantity);
  }

  _turn() {
    this.kept.looksAhead = this.switch.checked;
    this._show();
    if (!this.store.running && this.store.run) this._askNow();
  }

  /** @param {string} name */
  _choose(name) {
    this.kept.quantity = name;
    for (const { curve } of this.parts) curve.quantity = QUANTITIES[name];
  }

  // Of another exploration nothing is known; of this one, the curve of the slider that was moved stays what it is.
  _begin() {
    clearTimeout(this._later);
    this.number = 0;
    this.explores = null;
    const isOther = this.drawing !== this.store.places.drawing;
    this.drawing = this.store.places.drawing;
    for (const { slider, interval, curve } of this.parts) {
      const same = this.told[slider.name]?.same;
      const isSame = !isOther && slider.name === this.moved && same && same[0] <= slider.value && slider.value <= same[1];
      if (!isSame) interval.show(null); // within its interval it is the same tree, and so the same interval
      if (isOther) {
        delete this.told[slider.name];
        curve.clear();
        continue;
      }
      curve.same = null;
      curve.isStale = slider.name !== this.moved;
    }
    this.moved = null;
    this._show();
  }

  _askNow() {
    clearTimeout(this._later);
    this.number = 0;
    this.ask({ run: this.store.run, look_ahead: facts.looks_ahead && this.switch.checked });
  }

  // A message of Python's; one that is late, or of another run, says nothing any more.
  /** @param {WhatIfNews} news */
  receive({ run, number, explores, sliders, later }) {
    if (run !== this.store.run || number <= this.number) return;
    this.number = number;
    this.explores = explores;
    clearTimeout(this._later);
    if (later) this._later = setTimeout(() => this._askNow(), ASK_LATER_MS);
    for (const { slider, interval, curve } of this.parts) {
      const news = sliders[slider.name];
      if (!news) continue;
      const told = { ...this.told[slider.name], ...news, run };
      this.told[slider.name] = told;
      if (news.same !== undefined) interval.show(news.same);
      if (!news.places || !news.steps) continue;
      curve.isStale = false;
      curve.show({ places: news.places, steps: news.steps }, news.same ?? null);
    }
    this._show();
  }

  _show() {
    const slider = SLIDERS.find(({ name }) => name === this.explores);
    this.status.textContent = slider && this.switch.checked ? `exploring ${slider.words} …` : "";
  }
}
