// From what is to be seen (spans.js) to the traces of the one Plotly figure. No DOM, no Plotly call.
//
// Column = token position, row = lane. Far: an image of cells, one a token. Near: a mark and its text for each token in
// view, or for each word. The lines (forks, and lanes when near), the ends, the stubs of folded subtrees and the chosen
// path are drawn at both. A scene is {store, spans, view, look, words, folds, beside}; its view {x: [first, last],
// y: [last, first]} in columns and lanes, and {width, height} of the plot in px; beside: see beside.js.

/** @import { Places } from "./places.js" */
/** @import { TreeStore } from "./store.js" */
/** @import { Cells, InView, Scene, Span } from "./types.js" */
import { facts } from "../frame/facts.js";
import { isShared } from "./beside.js";
import { clip } from "./graphemes.js";
import { palette } from "../frame/palette.js";
import { verdicts } from "./verdicts.js";
import { sizeBehind } from "./spans.js";
import { wordText, wordsOf } from "./words.js";

/** @typedef {(number | null)[]} Gaps positions along a line, null where it is broken */

const MOST_NEAR_NODES = 150;
const LEAST_NEAR_COLUMN_PX = 13;
const LEAST_TEXT_COLUMN_PX = 20;
const LEAST_SINGLE_LINE_COLUMN_PX = 46; // below it labels stand by turns above and below, and so have twice the room
const LETTER_PX = 6.7; // of the 11 px monospace that the labels are set in
const GHOST_OPACITY = 0.38;
const SHARED_OPACITY = 0.34;
const BRIDGE_LANES = 0.3; // a connector passes beneath the lanes that it crosses
const END_SYMBOLS = { eos: "square", length: "line-ns", stopped: "x-thin", pruned: "triangle-left", unknown: "circle-open" };

/** @param {InView} view */
function columnPx(view) {
  return view.width / (view.x[1] - view.x[0]);
}

/** @param {Scene} scene */
export function levelOf(scene) {
  if (columnPx(scene.view) < LEAST_NEAR_COLUMN_PX) return "far";
  return placesInView(scene, MOST_NEAR_NODES + 1).length > MOST_NEAR_NODES ? "far" : "near";
}

// [span, first, last]: the stretches of limbs in view, as indices on the limb.
/** @param {Pick<Scene, "spans" | "view">} scene */
function stretchesInView({ spans, view }) {
  const [left, right] = [Math.ceil(view.x[0] - 0.5), Math.floor(view.x[1] + 0.5)];
  /** @type {[Span, number, number][]} */
  const stretches = [];
  for (const span of spans) {
    const { limb, total } = span;
    if (total === 0 || limb.lane < view.y[1] - 0.5 || limb.lane > view.y[0] + 0.5) continue;
    const first = Math.max(0, left - limb.firstDepth);
    const last = Math.min(total - 1, right - limb.firstDepth);
    if (first <= last) stretches.push([span, first, last]);
  }
  return stretches;
}

/** @param {Scene} scene @param {number} [limit] */
function placesInView(scene, limit = Infinity) {
  /** @type {number[]} */
  const found = [];
  for (const [{ limb }, first, last] of stretchesInView(scene)) {
    for (let index = first; index <= last; index++) {
      found.push(limb.places[index]);
      if (found.length >= limit) return found;
    }
  }
  return found;
}

// A text that is the same for two scenes which look the same: growth out of view need not be drawn.
/** @param {Scene} scene @param {boolean} near */
export function signature(scene, near) {
  const { store, view, look, words, folds, beside } = scene;
  const seen = near
    ? stretchesInView(scene).map(([{ limb, present, total }, first, last]) => [limb.id, first, last, Math.min(present, last + 2), Math.min(total, last + 2)])
    : [store.version, scene.spans.reduce((sum, { total }) => sum + total, 0)];
  const begun = scene.spans.filter(({ present }) => present > 0).length;
  const over = store.sequences.filter(({ reason }) => reason !== null).length;
  return JSON.stringify([
    near, view, look.ink, look.coloring.name, words, [...folds], store.run, store.moment.until, chosenPlace(store), begun, over, seen,
    folds.size ? store.version : 0, beside ? beside.number : 0,
  ]);
}

// `cells`: {source, rows} of the far picture, or null when near.
/** @param {Scene} scene @param {Cells | null} cells @returns {PlotlyTrace[]} */
export function traces(scene, cells) {
  const near = cells === null;
  const { look } = scene;
  return [
    near ? { type: "image", source: BLANK, visible: false } : image(cells),
    line(...lines(scene, near, false), look.ghostLine, 1),
    line(...lines(scene, near, true), look.line, near ? 1.5 : 1),
    line(...chosenPath(scene), look.accent, 2.5),
    near ? marks(scene) : { type: "scatter", x: [], y: [], mode: "markers", visible: false },
    ends(scene, near),
    stubs(scene, near),
    ring(scene, near),
    verdicts(scene, near),
    parting(scene),
  ];
}

const BLANK = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGNgYGBgAAAABQABh6FO1AAAAABJRU5ErkJggg==";

/** @param {Cells} cells */
function image({ source, rows }) {
  return { type: "image", source, x0: 0, dx: 1, y0: -0.5 + 0.5 / rows, dy: 1 / rows, hoverinfo: "skip", zsmooth: false };
}

// The lines of the present tree, or of the ghosts: [x, y].
/** @param {Scene} scene @param {boolean} near @param {boolean} ofPresent @returns {[Gaps, Gaps]} */
function lines({ store, spans }, near, ofPresent) {
  const { places } = store;
  /** @type {[Gaps, Gaps]} */
  const [x, y] = [[], []];
  for (const { limb, present, total } of spans) {
    const [first, end] = ofPresent ? [0, present] : [Math.max(0, present - 1), total];
    if (near && end > first + (ofPresent ? 0 : 1)) {
      x.push(limb.firstDepth + first, limb.firstDepth + end - 1, null);
      y.push(limb.lane, limb.lane, null);
    }
    if (limb.id > 0 && total > 0 && ofPresent === present > 0) elbow(spans, places.depth[limb.parent], places.lane(limb.parent), limb.lane, near, x, y);
  }
  return [x, y];
}

// Elbows run between two columns, so they cross no cell, and are broken where they cross a lane that goes on there.
/** @param {Span[]} spans @param {number} depth @param {number} from @param {number} to @param {boolean} near @param {Gaps} x @param {Gaps} y */
function elbow(spans, depth, from, to, near, x, y) {
  const reach = near ? 0.5 : 0;
  const sign = Math.sign(to - from);
  x.push(depth + 0.5 - reach, depth + 0.5);
  y.push(from, from);
  for (const lane of lanesCrossed(spans, depth, from, to)) {
    x.push(depth + 0.5, null, depth + 0.5);
    y.push(lane - sign * BRIDGE_LANES, null, lane + sign * BRIDGE_LANES);
  }
  x.push(depth + 0.5, depth + 0.5 + reach, null);
  y.push(to, to, null);
}

/** @param {Span[]} spans @param {number} depth @param {number} from @param {number} to */
function lanesCrossed(spans, depth, from, to) {
  const [low, high] = from < to ? [from, to] : [to, from];
  const crossed = spans
    .filter(({ limb, total }) => limb.lane > low && limb.lane < high && limb.firstDepth <= depth && limb.firstDepth + total - 1 > depth)
    .map(({ limb }) => limb.lane);
  return crossed.sort((one, other) => (from < to ? one - other : other - one));
}

/** @param {Scene} scene @returns {[Gaps, Gaps]} */
function chosenPath({ store }) {
  /** @type {[Gaps, Gaps]} */
  const [x, y] = [[], []];
  const { places } = store;
  let lane = 0;
  for (const place of pathOf(places, chosenPlace(store))) {
    const depth = places.depth[place];
    if (places.lane(place) !== lane) {
      x.push(depth - 0.5, depth - 0.5);
      y.push(lane, places.lane(place));
      lane = places.lane(place);
    }
    x.push(depth);
    y.push(lane);
  }
  return [x, y];
}

/** @param {Places} places @param {number | null} last */
function pathOf(places, last) {
  const path = [];
  for (let place = last; place !== null && place >= 0; place = places.parent[place]) path.push(place);
  return path.reverse();
}

/** @param {TreeStore} store */
export function chosenPlace(store) {
  return store.selected === null ? store.selectedGhost : store.place[store.selected];
}

/** @param {Gaps} x @param {Gaps} y @param {string} color @param {number} width */
function line(x, y, color, width) {
  return { type: "scatter", mode: "lines", x, y, line: { color, width, shape: "linear" }, hoverinfo: "skip" };
}

/** @param {Scene} scene */
function marks(scene) {
  const { store, look, view } = scene;
  const { places } = store;
  const words = scene.words ? wordsInView(scene) : placesInView(scene).map((place) => [place]);
  const heads = words.map((word) => word[0]);
  const byTurns = columnPx(view) < LEAST_SINGLE_LINE_COLUMN_PX;
  /** @param {number[]} word */
  const letters = (word) => Math.floor(((byTurns && !scene.words ? 2 : 1) * word.length * columnPx(view)) / LETTER_PX);
  /** @param {number[]} word */
  const label = (word) => (scene.words ? wordText(places, word) : places.text[word[0]]);
  /** @param {number} place */
  const isHollow = (place) => places.rule[place] === facts.full_rule;
  /** @param {number} place */
  const isGhost = (place) => places.node[place] === null;
  /** @param {number[]} word */
  const isDimmed = (word) => word.every((place) => isShared(scene.beside, places, place));
  /** @param {number[]} word @param {number} number */
  const isTurned = (word, number) => byTurns && (scene.words ? number : places.depth[word[0]]) % 2;
  return {
    type: "scatter", mode: columnPx(view) >= LEAST_TEXT_COLUMN_PX ? "markers+text" : "markers", hoverinfo: "skip", cliponaxis: true,
    x: words.map((word) => (places.depth[word[0]] + places.depth[word[word.length - 1]]) / 2), y: heads.map((place) => places.lane(place)),
    text: words.map((word) => (word[0] === 0 ? "prompt" : plotlyText(clip(label(word), Math.max(1, letters(word)))))),
    textposition: words.map((word, number) => (isTurned(word, number) ? "bottom center" : "top center")),
    textfont: { family: look.mono, size: 11, color: words.map((word) => (isGhost(word[0]) ? look.ghostInk : isDimmed(word) ? look.muted : look.ink)) },
    marker: {
      size: words.map((word) => (word[0] === 0 ? 11 : places.children[word[word.length - 1]].length > 1 ? 14 : 10)),
      symbol: words.map((word) => (word[0] === 0 ? "diamond" : word.some(isHollow) ? "circle-open" : isKnown(word) ? "circle" : "circle-x")),
      color: words.map((word) => colorOf(word)),
      line: { color: words.map((word) => (word.some(isHollow) ? colorOf(word) : look.rim)), width: words.map((word) => (word.some(isHollow) ? 3 : 1)) },
      opacity: words.map((word) => (isGhost(word[0]) ? GHOST_OPACITY : isDimmed(word) ? SHARED_OPACITY : 1)),
    },
  };

  /** @param {number[]} word */
  function position(word) {
    const known = word.map((place) => look.coloring.of(places, place)).filter((at) => at !== null);
    return known.length ? Math.max(...known) : null;
  }

  /** @param {number[]} word */
  function isKnown(word) {
    return word[0] === 0 || position(word) !== null;
  }

  /** @param {number[]} word */
  function colorOf(word) {
    const at = position(word);
    if (word[0] === 0) return look.muted;
    return at === null ? `rgb(${look.unknown[0]})` : `rgb(${palette.rgbAt(at)})`;
  }
}

/** @param {Scene} scene */
function wordsInView(scene) {
  /** @type {number[][]} */
  const found = [];
  for (const [{ limb, total }, first, last] of stretchesInView(scene)) {
    found.push(...wordsOf(scene.store.places, limb, first, Math.min(last, total - 1)));
  }
  return found;
}

/** @param {Scene} scene @param {boolean} near */
function ends({ store, spans, look }, near) {
  const { places } = store;
  /** @param {number} place */
  const isSeen = (place) => places.index(place) < spans[places.limbOf[place]].present;
  const finished = store.sequences.filter((sequence) => sequence.reason !== null && sequence.nodes.length > 0 && isSeen(store.place[sequence.leaf]));
  return {
    type: "scatter", mode: "markers", hoverinfo: "skip",
    x: finished.map((sequence) => store.depth[sequence.leaf] + (near ? 0.4 : 0.9)), y: finished.map((sequence) => store.lane(sequence.leaf)),
    marker: {
      symbol: finished.map(({ reason }) => reason && END_SYMBOLS[reason]),
      size: finished.map((sequence) => (sequence.reason === "eos" ? 7 : sequence.reason === "pruned" ? 9 : 11)),
      color: look.muted, line: { color: look.muted, width: 1.5 },
    },
  };
}

// A folded subtree: a stub with the number of tokens that it holds.
/** @param {Scene} scene @param {boolean} near */
function stubs({ store, spans, folds, look }, near) {
  const { places } = store;
  const seen = [...folds].filter((place) => places.index(place) < spans[places.limbOf[place]].total);
  return {
    type: "scatter", mode: "markers+text", hoverinfo: "skip", cliponaxis: false,
    x: seen.map((place) => places.depth[place] + (near ? 0.6 : 1.5)), y: seen.map((place) => places.lane(place)),
    text: seen.map((place) => sizeBehind(store, place).toLocaleString("en")), textposition: "middle right",
    textfont: { family: look.sans, size: 12, color: look.accent },
    marker: { symbol: "triangle-right", size: 11, color: look.accent },
  };
}

/** @param {Scene} scene @param {boolean} near */
function ring({ store, look }, near) {
  const place = chosenPlace(store);
  const chosen = place === null ? [] : [place];
  const { places } = store;
  return {
    type: "scatter", mode: "markers", hoverinfo: "skip",
    x: chosen.map((place) => places.depth[place]), y: chosen.map((place) => places.lane(place)),
    marker: { symbol: near ? "circle-open" : "square-open", size: near ? 20 : 24, color: look.accent, line: { width: 2.5 } },
  };
}

// Where this tree and the one beside it part first: a caret above the gap after the last token that they share there.
/** @param {Scene} scene */
function parting({ store, spans, look, beside }) {
  const { places } = store;
  const mark = beside === null || beside.mark === null || beside.mark >= store.numNodes ? null : store.place[beside.mark];
  const seen = mark !== null && places.index(mark) < spans[places.limbOf[mark]].present ? [mark] : [];
  return {
    type: "scatter", mode: "markers+lines", hoverinfo: "skip", cliponaxis: false,
    x: seen.flatMap((place) => [places.depth[place] + 0.5, places.depth[place] + 0.5]),
    y: seen.flatMap((place) => [places.lane(place) - 0.52, places.lane(place) + 0.42]),
    line: { color: look.ink, width: 1.5, dash: "dot" },
    marker: { symbol: ["triangle-down", "line-ns"], size: [13, 0], color: look.ink, opacity: 1 },
  };
}

// Plotly reads a few tags and entities in texts; a token must never be read so.
/** @param {string} label */
function plotlyText(label) {
  return label.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
