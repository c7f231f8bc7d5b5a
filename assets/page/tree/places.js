// Where every token is drawn, for good, whichever runs walk it: the page's copy of components/tree/drawing.py.
// Place 0 is the prompt. A limb is a row of places, each one token after the last; a run enters it at its first place.

/** @import { TreeDelta } from "../messages.js" */
/** @import { Limb } from "./types.js" */
import { facts } from "../frame/facts.js";

export class Places {
  /** @param {number} [drawing] */
  constructor(drawing = 0) {
    this.drawing = drawing;
    this.parent = [-1];
    this.depth = [0];
    /** @type {string[]} */
    this.text = [""]; // a label: every character can be seen
    /** @type {Map<number, string>} */
    this._proses = new Map(); // what a place adds to the text, where its label does not say it
    /** @type {(number | null)[]} */
    this.entropy = [null];
    /** @type {(number | null)[]} */
    this.logprob = [null];
    /** @type {(number | null)[]} */
    this.rank = [null];
    this.beginsWord = [true];
    /** @type {number[][]} */
    this.children = [[]];
    this.limbOf = [0];
    /** @type {(number | null)[]} */
    this.node = [0]; // of the present run, or null: a ghost
    this.rule = [""]; // in the last run that came by
    /** @type {Limb[]} */
    this.limbs = [newLimb(0, 0, 0, -1)];
    this.limbs[0].places.push(0);
  }

  get number() {
    return this.parent.length;
  }

  get numLanes() {
    return this.limbs.reduce((most, limb) => (limb.gone ? most : Math.max(most, limb.lane + 1)), 1);
  }

  // Take in the places of a delta that are not known yet, and forget those that it says are gone.
  /** @param {TreeDelta} delta */
  apply(delta) {
    const lanes = new Map(delta.limbs);
    for (const [place, text] of delta.x) this._proses.set(place, text);
    for (let index = this.number - delta.from; index < delta.a.length; index++) this._add(delta, index, lanes);
    for (const first of delta.gone) this._forget(first);
  }

  /** @param {TreeDelta} delta @param {number} index @param {Map<number, number>} lanes */
  _add(delta, index, lanes) {
    const place = this.number;
    const parent = delta.a[index];
    this.parent.push(parent);
    this.depth.push(this.depth[parent] + 1);
    this.text.push(delta.t[index]);
    this.entropy.push(nats(delta.e[index]));
    this.logprob.push(nats(delta.l[index]));
    this.rank.push(delta.r[index]);
    this.beginsWord.push(delta.b[index] === "1");
    this.children.push([]);
    this.children[parent].push(place);
    this.node.push(null);
    this.rule.push("");
    const lane = lanes.get(place);
    if (lane !== undefined) this.limbs.push(newLimb(this.limbs.length, lane, this.depth[place], parent));
    const limb = lane === undefined ? this.limbs[this.limbOf[parent]] : this.limbs[this.limbs.length - 1];
    this.limbOf.push(limb.id);
    limb.places.push(place);
  }

  /** @param {number} first */
  _forget(first) {
    const limb = first < this.number ? this.limbs[this.limbOf[first]] : null;
    if (limb === null || limb.gone) return;
    limb.gone = true;
    const siblings = this.children[limb.parent];
    siblings.splice(siblings.indexOf(first), 1);
  }

  // A new run begins: everything but the prompt is a ghost until it comes by.
  fade() {
    this.node.fill(null);
    this.node[0] = 0;
  }

  // What a place adds to the text, as it is.
  /** @param {number} place */
  prose(place) {
    return this._proses.get(place) ?? this.text[place].replaceAll(facts.space_mark, " ");
  }

  /** @param {number} place */
  lane(place) {
    return this.limbs[this.limbOf[place]].lane;
  }

  // Index of a place on its limb.
  /** @param {number} place */
  index(place) {
    return this.depth[place] - this.limbs[this.limbOf[place]].firstDepth;
  }
}

// `parent`: the place that the limb grows on.
/** @param {number} id @param {number} lane @param {number} firstDepth @param {number} parent @returns {Limb} */
function newLimb(id, lane, firstDepth, parent) {
  return { id, lane, firstDepth, parent, places: [], gone: false };
}

/** @param {number | null} hundredths */
function nats(hundredths) {
  return hundredths === null ? null : hundredths / 100;
}
