// A store: a run's tree in columns, filled by deltas (components/tree/growth.py), read by every view.
// Views subscribe to `changed` and keep no tree of their own; who wants to hear of actions finds them in listeners.js.

/** @import { LedgerCells, RunStart, TreeDelta } from "../messages.js" */
/** @import { Happenings } from "./listeners.js" */
/** @import { Fork, Sequence } from "./types.js" */
import { Listeners } from "./listeners.js";
import { Moment } from "./moment.js";
import { Places } from "./places.js";

export class TreeStore {
  // Columns have one entry a node, the prompt's first; entropies and log-probabilities are in nats.
  /** @type {number[]} */
  parent = [];
  /** @type {number[]} */
  depth = [];
  /** @type {number[]} */
  sequenceOf = [];
  /** @type {string[]} */
  text = [];
  /** @type {(number | null)[]} */
  entropy = [];
  /** @type {(number | null)[]} */
  logprob = [];
  /** @type {(number | null)[]} */
  rank = [];
  /** @type {string[]} */
  rule = [];
  /** @type {number[]} where each node is drawn, see places.js */
  place = [];
  /** @type {number[][]} */
  children = [];
  /** @type {Fork[]} */
  forks = [];
  /** @type {Sequence[]} */
  sequences = [];
  /** @type {number | null} */
  theta = null;
  /** @type {number | null} */
  maxSequences = null;
  contextCap = ""; // "8,192 of 131,072: memory" where that is less than the model's
  prompt = "";
  /** @type {string | null} what the strategy compares with theta, in words */
  trigger = null;
  /** @type {Map<number, boolean>} whether a sequence's answer is right, where that is known */
  judged = new Map();
  thetaOnScale = false; // whether that is the entropy that the tree shows
  maxDepth = 0;
  /** @type {number | null} */
  selected = null;
  /** @type {number | null} a place */
  selectedGhost = null;

  constructor() {
    this.run = 0;
    this.running = false;
    this.version = 0; // counts changes, so that a view can tell whether it has drawn the present state
    /** @type {LedgerCells | null} */
    this.ledger = null;
    /** @type {(numKnown: number) => void} */
    this.onGap = () => {}; // called with the number of nodes known when a delta was lost; see catching_up.js
    this.seq = 0; // the number of the last delta of this run that is in here
    this.heard = { run: 0, seq: 0 }; // the newest delta that there is known to be
    this._begun = 0; // the run whose beginning was told
    this._listeners = new Listeners();
    this._scheduled = false;
    this.moment = new Moment(this); // what is shown of the tree
    this.places = new Places();
    this._clear({});
    this.numNodes = 0;
  }

  // Node 0 is the prompt.
  /** @param {Partial<RunStart>} start */
  _clear(start) {
    this.theta = start.theta ?? null;
    this.maxSequences = start.max_sequences ?? null;
    this.contextCap = start.context ?? "";
    this.prompt = start.prompt ?? "";
    this.trigger = start.trigger ?? null;
    this.judged = new Map(start.judged);
    this.thetaOnScale = start.theta_on_scale ?? false;
    this.parent = [-1];
    this.depth = [0];
    this.sequenceOf = [0];
    this.text = [""];
    this.entropy = [null];
    this.logprob = [null];
    this.rank = [null];
    this.rule = [""];
    this.place = [0];
    this.children = [[]];
    this.forks = [];
    this.sequences = [{ id: 0, parent: null, lane: 0, forkNode: 0, firstDepth: 0, leaf: 0, reason: null, nodes: [0] }];
    this.numNodes = 1;
    this.maxDepth = 0;
    this.selected = null;
    this.selectedGhost = null;
    this.moment.until = Infinity;
  }

  // The newest node to show.
  get visibleUntil() {
    return this.moment.until;
  }

  get numForks() {
    return this.forks.length;
  }

  get numLanes() {
    return this.places.numLanes;
  }

  // Deltas come in the order of their numbers, each run's from 1. An answer to a request to catch up (`answers`) holds all
  // that is missing up to its own number.
  /** @param {TreeDelta} delta */
  apply(delta) {
    if (delta.run < this.run) return this._late(delta);
    const isNewer = delta.run > this.run;
    if (delta.answers === undefined) {
      if (!isNewer && delta.seq <= this.seq) return; // told again
      this._hear(delta);
      if (delta.seq !== (isNewer ? 1 : this.seq + 1)) return this.onGap(this.numNodes);
    }
    if (isNewer) {
      if (!delta.start) return this.onGap(1);
      this._begin(delta.run, delta.start);
    }
    if (delta.first > this.numNodes || delta.from > this.places.number) return this.onGap(this.numNodes);
    this._take(delta);
    if (this.heard.run > this.run || (this.heard.run === this.run && this.heard.seq > this.seq)) this.onGap(this.numNodes);
  }

  // Of a run that is over. Where it answers a request, the page's own run is not known any more: nothing grows.
  /** @param {TreeDelta} delta */
  _late(delta) {
    if (delta.answers === undefined || !this.running) return;
    this.running = false;
    this.changed();
    this.tell("run ended", { run: this.run });
  }

  /** @param {TreeDelta} treeDelta */
  _hear({ run, seq }) {
    if (run > this.heard.run || (run === this.heard.run && seq > this.heard.seq)) this.heard = { run, seq };
  }

  /** @param {TreeDelta} delta */
  _take(delta) {
    const isNew = this._begun !== this.run;
    this._begun = this.run;
    const wasRunning = this.running;
    this.seq = Math.max(this.seq, delta.seq);
    this.places.apply(delta);
    for (const fork of delta.forks) this._fork(...fork);
    this._addNodes(delta);
    for (const [sequence, reason] of delta.done) this.sequences[sequence].reason = reason;
    this.running = delta.running;
    this.ledger = delta.ledger;
    this.changed();
    if (isNew) this.tell("run began", { run: this.run });
    if (!this.running && (isNew || wasRunning)) this.tell("run ended", { run: this.run });
  }

  /** @param {number} run @param {RunStart} start */
  _begin(run, start) {
    this.run = run;
    this.seq = 0;
    if (start.drawing === this.places.drawing) this.places.fade();
    else this.places = new Places(start.drawing);
    this._clear(start);
  }

  /** @param {number} node @param {number} sequence @param {number} newSequence */
  _fork(node, sequence, newSequence) {
    if (newSequence < this.sequences.length) return;
    if (sequence >= 0) this.forks.push({ node, sequence, newSequence });
    this.sequences.push({
      id: newSequence, parent: sequence >= 0 ? sequence : null, lane: 0, forkNode: node, firstDepth: null, leaf: node,
      reason: null, nodes: [],
    });
  }

  /** @param {TreeDelta} delta */
  _addNodes(delta) {
    let index = 0;
    for (const [first, count] of delta.at) {
      for (let place = first; place < first + count; place++, index++) {
        if (index >= this.numNodes - delta.first) this._add(delta.s[index], delta.w[index], place);
      }
    }
  }

  /** @param {number} sequenceId @param {string} rule @param {number} place */
  _add(sequenceId, rule, place) {
    const { places } = this;
    const id = this.numNodes++;
    const sequence = this.sequences[sequenceId];
    const parent = sequence.leaf;
    this.parent.push(parent);
    this.depth.push(this.depth[parent] + 1);
    this.sequenceOf.push(sequence.id);
    this.text.push(places.text[place]);
    this.entropy.push(places.entropy[place]);
    this.logprob.push(places.logprob[place]);
    this.rank.push(places.rank[place]);
    this.rule.push(rule);
    this.place.push(place);
    this.children.push([]);
    this.children[parent].push(id);
    places.node[place] = id;
    places.rule[place] = rule;
    if (sequence.firstDepth === null) sequence.firstDepth = this.depth[id];
    sequence.leaf = id;
    sequence.lane = places.lane(place);
    sequence.nodes.push(id);
    this.maxDepth = Math.max(this.maxDepth, this.depth[id]);
  }

  // What a node adds to the text, as it is; `text` holds what a reader sees of it by itself.
  /** @param {number} id */
  prose(id) {
    return this.places.prose(this.place[id]);
  }

  /** @param {number} id */
  lane(id) {
    return this.places.lane(this.place[id]);
  }

  // Node ids from the prompt's to `id`.
  /** @param {number} id @returns {number[]} */
  path(id) {
    const path = [];
    for (let node = id; node >= 0; node = this.parent[node]) path.push(node);
    return path.reverse();
  }

  /** @param {number} place */
  selectGhost(place) {
    this.selectedGhost = place;
    this.selected = null;
    this.changed();
    this.tell("ghost chosen", { place });
  }

  /** @param {number | null} id */
  select(id) {
    this.selected = id;
    this.selectedGhost = null;
    this.changed();
    this.tell("node chosen", { node: id });
  }

  /** @param {number} id */
  showUntil(id) {
    this.moment.until = id;
    this.changed();
    this.tell("moment moved", { until: id });
  }

  // See listeners.js; returns a function that ends it.
  /** @template {keyof Happenings} Kind @param {Kind} kind @param {(what: Happenings[Kind]) => void} listener */
  subscribe(kind, listener) {
    return this._listeners.subscribe(kind, listener);
  }

  // Tell of an action. What is done to the store it tells of itself.
  /** @template {keyof Happenings} Kind @param {Kind} kind @param {Happenings[Kind]} what */
  tell(kind, what) {
    this._listeners.tell(kind, what);
  }

  changed() {
    this.version++;
    if (this._scheduled) return;
    this._scheduled = true;
    requestAnimationFrame(() => {
      this._scheduled = false;
      this.tell("changed", {});
    });
  }
}

export function createStore() {
  return new TreeStore();
}
