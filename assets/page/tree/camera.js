// What part of the tree is in view: fitted to it while it grows, until a hand moves it.

/** @import { TreeStore } from "./store.js" */
/** @import { Range, Sequence, Span } from "./types.js" */

const LEAST_COLUMNS = 14;
const LEAST_LANES = 4;
const NEWEST_COLUMNS = 16;
const LANES_BESIDE = 2.2;

export class TreeCamera {
  constructor() {
    /** @type {"fit" | "newest" | null} */
    this.follows = "fit"; // "fit": all of it; "newest": the last columns; null: where a hand left it
    /** @type {Range} */
    this.x = [-0.9, LEAST_COLUMNS];
    /** @type {Range} */
    this.y = [LEAST_LANES - 0.4, -0.8];
  }

  // `spans`: what is to be seen, see spans.js.
  /** @param {Pick<TreeStore, "running" | "maxDepth">} store @param {Span[]} spans */
  update(store, spans) {
    if (this.follows === null) return;
    const seen = spans.filter((span) => span.total > 0);
    const last = seen.reduce((most, { limb, total }) => Math.max(most, limb.firstDepth + total - 1), 0);
    const lanes = seen.reduce((most, { limb }) => Math.max(most, limb.lane + 1), LEAST_LANES);
    this.y = [lanes - 0.4, -0.8];
    const needed = Math.max(LEAST_COLUMNS, last + 1.5);
    if (this.follows === "fit") this.x = [-0.9, store.running ? roomFor(needed) : needed + 1];
    else this.x = [Math.max(-0.9, store.maxDepth + 1.5 - NEWEST_COLUMNS), Math.max(NEWEST_COLUMNS - 0.9, store.maxDepth + 1.5)];
  }

  // Take over what the user's hand made of the axes.
  /** @param {{ range: Range }} xaxis @param {{ range: Range }} yaxis */
  release(xaxis, yaxis) {
    this.follows = null;
    this.x = [...xaxis.range];
    this.y = [...yaxis.range];
  }

  /** @param {number} factor @param {number} [depth] @param {number} [lane] */
  zoom(factor, depth, lane) {
    const centre = depth ?? (this.x[0] + this.x[1]) / 2;
    const middle = lane ?? (this.y[0] + this.y[1]) / 2;
    this.follows = null;
    this.x = moved(this.x, (edge) => centre + (edge - centre) * factor);
    this.y = moved(this.y, (edge) => middle + (edge - middle) * Math.sqrt(factor));
  }

  // Show what a sequence does not share with the one it forked off, and a little of what lies beside it.
  /** @param {TreeStore} store @param {Sequence} sequence */
  showSequence(store, sequence) {
    const [first, last] = [store.depth[sequence.forkNode], store.depth[sequence.leaf]];
    const middle = sequence.lane;
    this.follows = null;
    this.x = [first - 1.5, Math.max(first + LEAST_COLUMNS, last + 2)];
    this.y = [middle + LANES_BESIDE, middle - LANES_BESIDE];
  }

  // Pan so far that the node lies in view, and no further.
  /** @param {number} depth @param {number} lane */
  show(depth, lane) {
    const dx = overshoot(depth, this.x[0] + 1, this.x[1] - 1);
    const dy = overshoot(lane, this.y[1] + 0.5, this.y[0] - 0.5);
    if (dx === 0 && dy === 0) return;
    this.follows = null;
    this.x = moved(this.x, (edge) => edge + dx);
    this.y = moved(this.y, (edge) => edge + dy);
  }
}

// Room grows in steps, so that the fitted picture does not creep at every token.
/** @param {number} columns */
function roomFor(columns) {
  const step = columns < 32 ? 6 : columns < 128 ? 16 : columns < 512 ? 48 : 160;
  return Math.ceil(columns / step) * step;
}

/** @param {number} value @param {number} low @param {number} high */
function overshoot(value, low, high) {
  return value < low ? value - low : value > high ? value - high : 0;
}

/** @param {Range} range @param {(edge: number) => number} move @returns {Range} */
function moved([first, last], move) {
  return [move(first), move(last)];
}
