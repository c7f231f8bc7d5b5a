// Where answers are known: a check or a cross after each lane's end. By shape, not by colour alone.

/** @import { TreeStore } from "./store.js" */
/** @import { Scene } from "./types.js" */
import { facts } from "../frame/facts.js";
import { palette } from "../frame/palette.js";

const [RIGHT, WRONG] = ["✓", "✗"];
const BESIDE_END_PX = 9; // the mark of the end stands before it

/** @param {Scene} scene @param {boolean} near */
export function verdicts({ store, spans, look, view }, near) {
  const { places } = store;
  /** @param {number} place */
  const isSeen = (place) => places.index(place) < spans[places.limbOf[place]].present;
  const judged = store.sequences.filter(({ id, reason, nodes, leaf }) => store.judged.has(id) && reason !== null && nodes.length > 0 && isSeen(store.place[leaf]));
  const isRight = judged.map(({ id }) => store.judged.get(id));
  const beside = (BESIDE_END_PX * (view.x[1] - view.x[0])) / Math.max(1, view.width);
  return {
    type: "scatter", mode: "text", name: "answers", hoverinfo: "skip", cliponaxis: false,
    x: judged.map(({ leaf }) => store.depth[leaf] + (near ? 0.4 : 0.9) + beside), y: judged.map(({ leaf }) => store.lane(leaf)),
    text: isRight.map((right) => (right ? RIGHT : WRONG)), textposition: "middle right",
    textfont: { family: look.sans, size: 14, color: isRight.map((right) => palette.css(right ? "--eager-accent" : "--eager-problem")) },
  };
}

// What is said of a sequence's answer, for those who hear the page; empty where it is not known.
/** @param {TreeStore} store @param {number} sequence */
export function verdictOf(store, sequence) {
  const right = store.judged.get(sequence);
  return right === undefined ? "" : `, ${right ? "right" : "wrong"}`;
}

// What is said of all: how many are right, and what the marks mean; empty where nothing is known.
/** @param {TreeStore} store */
export function judgedWords(store) {
  const right = [...store.judged.values()].filter(Boolean).length;
  return store.judged.size ? { status: ` ${right} of ${store.judged.size} answers right.`, marks: ` ${facts.judged_marks}` } : { status: "", marks: "" };
}
