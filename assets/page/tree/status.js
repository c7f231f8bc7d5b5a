// The words below the tree: how far it has grown, what its marks mean, and a line for those who hear the page.

/** @import { TreeStore } from "./store.js" */
import { facts } from "../frame/facts.js";
import { make } from "../frame/make.js";
import { judgedWords } from "./verdicts.js";

export class TreeStatus {
  /** @param {HTMLElement} parent */
  constructor(parent) {
    this.status = make("p", "eager-status", parent);
    this.marks = make("p", "eager-marks", parent);
    this.marks.textContent = facts.marks;
    this.live = make("p", "eager-sr-only", parent);
    this.live.setAttribute("aria-live", "polite");
    this._told = ""; // what was said aloud last
  }

  /** @param {TreeStore} store */
  draw(store) {
    if (store.run === 0) return;
    const active = store.sequences.filter((sequence) => sequence.reason === null).length;
    const what = `${counted(store.numNodes - 1, "token")}, ${counted(store.sequences.length, "sequence")}, ${counted(store.numForks, "fork")}`;
    const stopped = store.sequences.some((sequence) => sequence.reason === "stopped");
    const state = store.running ? `Growing (${active} active)` : stopped ? "Stopped" : "Done";
    const judged = judgedWords(store);
    const status = `${state}: ${what}.${judged.status}`;
    const marks = facts.marks + judged.marks;
    if (this.marks.textContent !== marks) this.marks.textContent = marks;
    if (this.status.textContent !== status) this.status.textContent = status;
    const moment = `${store.run} ${store.running}`;
    if (moment === this._told) return;
    this._told = moment;
    this.live.textContent = store.running ? "The tree is growing." : status;
  }
}

/** @param {number} number @param {string} noun */
function counted(number, noun) {
  return `${number.toLocaleString("en")} ${noun}${number === 1 ? "" : "s"}`;
}
