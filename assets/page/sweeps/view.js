// A sweep on the page: the progress bar, the two plots, what sharing saved, and the table.

/** @import { SweepCell, SweepDelta } from "../messages.js" */
import { say } from "../frame/announce.js";
import { make } from "../frame/make.js";
import { SweepPlots, nameOf } from "./plots.js";
import { drawSweepTable } from "./table.js";

export class SweepView {
  // `choose({theta, max_sequences})`: puts these beside the tree. `catchUp()`: asks for what was lost.
  /** @param {HTMLElement} element @param {(what: { theta: number | null, max_sequences: number }) => void} choose @param {() => void} catchUp */
  constructor(element, choose, catchUp) {
    this._tellChoice = choose;
    this._catchUp = catchUp;
    this.run = 0;
    this.seq = 0;
    this.drawn = 0; // the number of the delta whose results are shown
    /** @type {SweepDelta | null} */
    this.last = null;
    this.frame = make("div", "eager-budget", element);
    this.frame.hidden = true;
    const host = make("div", "eager-progress", this.frame);
    this.bar = make("div", "eager-progress-bar", host);
    this.bar.setAttribute("role", "progressbar");
    this.bar.setAttribute("aria-label", "The sweep");
    this.bar.setAttribute("aria-valuemin", "0");
    this.bar.setAttribute("aria-valuemax", "100");
    this.fill = make("i", "", this.bar);
    this.words = make("p", "eager-progress-words", host);
    this.conditions = make("p", "eager-note eager-budget-conditions", this.frame);
    /** @param {SweepCell} cell */
    const chosen = (cell) => this._choose(cell);
    this.plots = new SweepPlots(this.frame, chosen);
    this.shared = make("p", "eager-sweep-shared", this.frame);
    this.table = make("div", "eager-budget-table", this.frame);
    this._chosen = chosen;
  }

  // Deltas come in the order of their numbers; where one is missing, all is asked for again.
  /** @param {SweepDelta} delta */
  take(delta) {
    if (delta.run < this.run || (delta.run === this.run && delta.seq <= this.seq && !delta.snapshot)) return;
    const isNew = delta.run > this.run;
    const isGap = !delta.snapshot && delta.seq > (isNew ? 1 : this.seq + 1);
    const before = isNew ? undefined : this.last?.progress.state;
    [this.run, this.seq, this.last] = [delta.run, isNew ? delta.seq : Math.max(delta.seq, this.seq), delta];
    this.frame.hidden = false;
    if (isNew) this._clear();
    if (delta.start && (isNew || this.plots.metrics.length === 0 || !this.conditions.textContent)) {
      this.conditions.textContent = delta.start.conditions;
      this.plots.begin(delta.start.metrics);
    }
    if (delta.results && this.conditions.textContent && delta.seq >= this.drawn) {
      this.drawn = delta.seq;
      this.plots.draw(delta.results);
      this.shared.textContent = delta.results.shared;
      drawSweepTable(this.table, delta.results, this._chosen);
    }
    this._progress(delta.progress, before);
    if (isGap) this._catchUp();
  }

  _clear() {
    this.drawn = 0;
    this.conditions.textContent = this.shared.textContent = "";
    this.plots.begin([]);
    this.table.replaceChildren();
  }

  /** @param {SweepDelta["progress"]} progress @param {string | undefined} before the state before it */
  _progress({ state, share, words }, before) {
    this.fill.style.width = `${100 * share}%`;
    this.bar.setAttribute("aria-valuenow", String(Math.round(100 * share)));
    this.bar.setAttribute("aria-valuetext", words);
    this.words.textContent = words;
    document.body.dataset.eagerSweep = state;
    if (before !== state && state !== "running") say(words);
  }

  /** @param {SweepCell} cell */
  _choose(cell) {
    this._tellChoice({ theta: cell.theta, max_sequences: cell.max_sequences });
    say(`Put ${nameOf(cell)} beside the tree.`);
  }
}
