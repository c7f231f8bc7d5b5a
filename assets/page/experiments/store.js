// What the page knows of an experiment, filled by deltas (components/experiments/report.py). Draws nothing.

/** @import { ExperimentDelta, ExperimentProgress, ExperimentStart, Grade, Plots, Pot, Table } from "../messages.js" */

/**
 * @typedef {{ generation: number, rows: { parent: number, first: number, letters: string }[] }} SmallTree
 * @typedef {{ began: boolean, trees: Set<string>, grades: Set<string>, names: Set<string> }} Changed
 */

export class ExperimentStore {
  /** @type {ExperimentStart | null} */
  start = null;
  /** @type {Map<string, SmallTree>} by "stage/number" */
  trees = new Map();
  /** @type {Map<string, Grade>} */
  grades = new Map();
  /** @type {Pot | null} */
  pot = null;
  /** @type {string[]} */
  allocations = [];
  /** @type {Table | null} */
  table = null;
  /** @type {Plots | null} */
  plots = null;
  /** @type {ExperimentProgress | null} */
  progress = null;

  constructor() {
    this.run = 0;
    this.seq = 0;
    this.onGap = () => {};
    this._clear();
  }

  _clear() {
    this.start = null;
    this.trees = new Map();
    this.grades = new Map();
    this.pot = null;
    this.allocations = [];
    this.table = null;
    this.plots = null;
    this.progress = null;
  }

  // Returns what changed: {began, trees: Set of keys, grades: Set of keys, names: Set}; null for a delta of no use.
  /** @param {ExperimentDelta} delta @returns {Changed | null} */
  apply(delta) {
    // A snapshot may repeat the last number, and is late only if it has an older one.
    const isKnown = delta.snapshot ? delta.seq < this.seq : delta.seq <= this.seq;
    if (delta.run < this.run || (delta.run === this.run && isKnown)) return null;
    const began = delta.run > this.run || Boolean(delta.snapshot);
    if (delta.seq > 0 && !delta.start && delta.seq !== (delta.run === this.run ? this.seq + 1 : 1)) {
      this.onGap();
      return null;
    }
    if (began) this._clear();
    [this.run, this.seq, this.progress] = [delta.run, delta.seq, delta.progress];
    /** @type {Changed} */
    const changed = { began, trees: new Set(), grades: new Set(), names: new Set() };
    const { start = this.start, pot = this.pot, allocations = this.allocations, table = this.table, plots = this.plots } = delta;
    Object.assign(this, { start, pot, allocations, table, plots });
    for (const name of ["start", "pot", "allocations", "table", "plots"]) if (name in delta) changed.names.add(name);
    for (const [stage, number, generation, cells] of delta.grown ?? []) {
      this._grow(`${stage}/${number}`, generation, cells);
      changed.trees.add(`${stage}/${number}`);
    }
    for (const [stage, number, grade] of delta.graded ?? []) {
      this.grades.set(`${stage}/${number}`, grade);
      changed.grades.add(`${stage}/${number}`);
    }
    return changed;
  }

  /** @param {string} key @param {number} generation @param {[number, number, number, string][]} cells */
  _grow(key, generation, cells) {
    let tree = this.trees.get(key);
    if (!tree || tree.generation !== generation) {
      tree = { generation, rows: [] };
      this.trees.set(key, tree);
    }
    for (const [row, parent, depth, letters] of cells) {
      const known = tree.rows[row];
      // Said twice, it is the same: a snapshot may hold what the next delta says again.
      if (known) known.letters = known.letters.slice(0, depth - known.first) + letters;
      else tree.rows[row] = { parent, first: depth, letters };
    }
  }

  // A prompt that got nothing in stage 2 keeps the tree of stage 1.
  /** @param {string} stage @param {number} number */
  tree(stage, number) {
    const grade = this.grades.get(`${stage}/${number}`);
    return this.trees.get(`${grade?.continued ? "init" : stage}/${number}`) ?? null;
  }

  /** @param {string} stage @param {number} number */
  grade(stage, number) {
    return this.grades.get(`${stage}/${number}`) ?? null;
  }
}
