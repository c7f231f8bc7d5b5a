// The inspector: one node's words and pictures, as components/inspector/inspection.py tells them. All words are set as text.
// It also grows the tree by hand: "Fork here", a press on a bar, and the way back from both.

/** @import { Requests } from "../frame/requests.js" */
/** @import { Trigger } from "../frame/types.js" */
/** @import { BarsFigure, Choice, Gauge, KeptAt, Told, ToldOfNode, ToldWhen } from "../messages.js" */
/** @import { TreeStore } from "../tree/store.js" */
import { say } from "../frame/announce.js";
import { facts } from "../frame/facts.js";
import { make } from "../frame/make.js";
import { palette } from "../frame/palette.js";
import { mountBars } from "./bars.js";

const HINT =
  "Click a token in the tree, or in the text below, to see what else could have stood there and why it did or did not fork.";

export class InspectorView {
  // `trigger(event, asked)`: tells Python of an event of the component (components/inspector/view.py). `inspect(node)`: goes to a node.
  /** @param {HTMLElement} element @param {{ store: TreeStore, requests: Requests, trigger: Trigger, inspect: (node: number) => void }} wires */
  constructor(element, { store, requests, trigger, inspect }) {
    this.store = store;
    this.requests = requests;
    /** @type {Trigger} */
    this.trigger = (event, asked) => trigger(event, { ...asked, request: requests.next(), order: requests.asking() });
    this.inspect = inspect;
    /** @type {(ToldWhen & ToldOfNode) | null} what is shown */
    this.told = null;
    /** @type {Told | null} what was told of before its node came */
    this.early = null;
    this.root = make("div", "eager-inspector", element);
    this.hand = make("div", "eager-hand", this.root);
    this.hand.hidden = true;
    this.element = make("div", "eager-inspected", this.root);
    make("p", "eager-hint", this.element).textContent = HINT;
    palette.onThemeChange(() => this.told && this.show(this.told));
    store.subscribe("changed", () => {
      this._selectEarly();
      this._tellMoment();
    });
  }

  // Take in what was told, unless something newer has been asked for or has begun since.
  /** @param {Told} told */
  receive(told) {
    if (this.requests.isLate(told)) return;
    this.show(told);
    this.early = told;
    this._selectEarly();
  }

  // What is told may come before the tree's delta. It selects its token where nothing else is selected: a reader who has
  // gone on meanwhile is left where they are.
  _selectEarly() {
    const { early, store } = this;
    if (!early || (early.of ?? 0) > store.run) return;
    if (!early.gone && early.run === store.run && early.id >= store.numNodes) return;
    this.early = null;
    if (!early.gone && early.run === store.run && store.selected === null && store.selectedGhost === null) store.select(early.id);
  }

  /** @param {Told} told */
  show(told) {
    this._handBar(told.num_by_hand);
    if (told.gone) return this._gone();
    const isNew = this.told?.id !== told.id || this.told?.run !== told.run;
    this.told = told;
    const active = document.activeElement;
    const focused = active instanceof HTMLElement && this.root.contains(active) ? active.dataset : null;
    const root = this.element;
    root.replaceChildren();
    root.dataset.node = String(told.id);
    if (told.context) {
      const context = make("p", "eager-context", root);
      context.dir = "auto";
      context.textContent = told.context;
    }
    make("p", "eager-chosen", root).textContent = told.token;
    // A word joiner keeps a space's mark and its word on one line.
    make("p", "eager-why", root).textContent = told.why.replaceAll(facts.space_mark, `${facts.space_mark}\u2060`);
    if (told.outcome) make("p", "eager-outcome", root).textContent = told.outcome;
    if (told.gauge) this._gauge(told.gauge);
    this._facts(told.facts);
    if (told.keeps) this._keeps(told.keeps);
    if (told.figure) this._alternatives(told, told.figure);
    if (told.note) make("p", "eager-note", root).textContent = told.note;
    if (isNew) say(`${told.token}. ${told.why}${told.outcome ? ` ${told.outcome}` : ""}`);
    this._tellMoment();
    if (focused) this._focusAgain(focused);
  }

  // Whether the token is there at the moment that is shown.
  _tellMoment() {
    const { told, store } = this;
    const isLater = told !== null && told.run === store.run && !store.moment.shows(told.id);
    const note = this.element.querySelector(".eager-later");
    if (!isLater) note?.remove();
    if (!isLater || note) return;
    const later = document.createElement("p");
    later.className = "eager-note eager-later";
    later.textContent = "This token comes after the moment that the time scrubber shows.";
    this.element.prepend(later);
  }

  // The settings changed, and the token that is shown is in the present tree no more.
  _gone() {
    if (this.element.querySelector(".eager-gone")) return;
    const note = document.createElement("p");
    note.className = "eager-gone";
    note.textContent = "This token is not in the present tree; it is shown as it was in the last one.";
    this.element.prepend(note);
    for (const button of this.element.querySelectorAll("button:is(.eager-row, .eager-fork-here)")) button.setAttribute("disabled", "");
  }

  // How many branches a hand has made, and the way back.
  /** @param {number} number */
  _handBar(number) {
    this.hand.hidden = number === 0;
    if (this.hand.dataset.number === String(number)) return;
    this.hand.dataset.number = String(number);
    this.hand.replaceChildren();
    make("span", "", this.hand).textContent = number === 1 ? "1 branch by hand" : `${number} branches by hand`;
    this._action(this.hand, "Undo", "Undo the last branch by hand (u)", "undo");
    if (number > 1) this._action(this.hand, "Remove all", "Undo all branches by hand", "undo_all");
  }

  /** @param {HTMLElement} parent @param {string} text @param {string} title @param {"undo" | "undo_all"} event */
  _action(parent, text, title, event) {
    const button = make("button", "eager-tool", parent);
    button.type = "button";
    button.textContent = text;
    button.title = title;
    button.dataset.action = event;
    button.addEventListener("click", () => this.trigger(event, {}));
  }

  undo() {
    if (!this.hand.hidden) this.trigger("undo", {});
  }

  // What was measured, as a bar with theta on it.
  /** @param {Gauge} gauge */
  _gauge(gauge) {
    /** @param {number} value */
    const place = (value) => `${(100 * Math.min(value / gauge.highest, 1)).toFixed(2)}%`;
    const theta = gauge.theta === null ? "" : `, θ ${gauge.theta.toFixed(2)}`;
    const words = `${gauge.label}: ${gauge.value.toFixed(2)}${theta}`;
    const frame = make("div", "eager-gauge", this.element);
    make("p", "", frame).textContent = words;
    const scale = make("div", "eager-scale", frame);
    const fill = make("div", "eager-scale-fill", scale);
    fill.style.width = place(gauge.value);
    fill.style.background = `rgb(${palette.rgb((gauge.value / gauge.highest) * palette.largestEntropy).join(",")})`;
    if (gauge.theta !== null) make("i", "eager-scale-mark", scale).style.left = place(gauge.theta);
  }

  // The temperatures that keep this token, as a stretch of the slider.
  /** @param {KeptAt} keeps */
  _keeps(keeps) {
    /** @param {number} value */
    const place = (value) => `${((100 * value) / keeps.highest).toFixed(2)}%`;
    const frame = make("div", "eager-gauge", this.element);
    make("p", "", frame).textContent = keeps.text;
    const scale = make("div", "eager-scale", frame);
    const stretch = make("div", "eager-scale-fill eager-scale-stretch", scale);
    stretch.style.left = place(keeps.low);
    stretch.style.width = `max(2px, ${place(keeps.high - keeps.low)})`;
    make("i", "eager-scale-mark", scale).style.left = place(keeps.now);
    make("p", "eager-scale-ends", frame).textContent = `τ 0 to ${keeps.highest}, now ${keeps.now}`;
  }

  /** @param {[string, string][]} facts */
  _facts(facts) {
    const list = make("dl", "eager-facts", this.element);
    for (const [name, value] of facts) {
      make("dt", "", list).textContent = name;
      make("dd", "", list).textContent = value;
    }
  }

  /** @param {ToldOfNode} told @param {BarsFigure} figure */
  _alternatives(told, figure) {
    const free = told.can_grow ? told.choices.find((choice) => choice.node === null) : undefined;
    const head = make("div", "eager-choose", this.element);
    if (free) {
      const fork = make("button", "eager-tool eager-fork-here", head);
      fork.type = "button";
      fork.textContent = `Fork here: ${free.label}`;
      fork.title = "Grow one more sequence, with the most likely token that is not in the tree here (k)";
      fork.addEventListener("click", () => this._take(free));
    }
    if (told.can_grow) make("p", "eager-note", head).textContent = "Or press a bar to take its token.";
    const caption = make("p", "eager-key", this.element);
    for (const [role, text] of [["before", "model"], ["after", "after temperature and top-p"], ["cut", "cut off"]]) {
      const entry = make("span", "", caption);
      make("i", `eager-key-${role}`, entry);
      entry.append(text);
    }
    mountBars(this.element, figure, told.choices, told.can_grow, (choice) => this._choose(choice));
  }

  forkHere() {
    /** @type {HTMLElement | null} */ (this.element.querySelector(".eager-fork-here"))?.click();
  }

  /** @param {Choice} choice */
  _choose(choice) {
    if (choice.node === null) this._take(choice);
    else this.inspect(choice.node);
  }

  /** @param {Choice} choice */
  _take(choice) {
    if (this.told?.run !== this.store.run) return;
    this.trigger("take", { parent: this.told.parent, token_id: choice.token_id, run: this.told.run });
    say(`Growing a branch with ${choice.label}.`);
  }

  /** @param {DOMStringMap} dataset */
  _focusAgain({ token, action }) {
    const selector = token ? `[data-token="${token}"]` : action ? `[data-action="${action}"]` : ".eager-fork-here";
    /** @type {HTMLElement | null} */ (this.root.querySelector(selector))?.focus({ preventScroll: true });
  }
}
