// The tree as it is in view, or two beside each other, as an SVG or PNG file: Plotly's own drawing, under a head with the
// prompt, what the run was, and the colour bar with theta. Made in the page; all words are set as text nodes.

/** @import { TreeStore } from "../tree/store.js" */
/** @import { Coloring } from "../tree/types.js" */
/** @import { TreeView } from "../tree/view.js" */
import { say } from "../frame/announce.js";
import { clip } from "../tree/graphemes.js";
import { palette } from "../frame/palette.js";
import { saveFile } from "./download.js";

const SVG = "http://www.w3.org/2000/svg";
const HEAD_PX = 84;
const LINE_PX = 19;
const CAPTION_PX = 30;
const LETTER_PX = 6.6; // of a sentence, on average
const PADDING_PX = 16;
const BAR = { left: 112, width: 240, height: 9, top: 38 };
const PNG_SCALE = 2;
const LONGEST_PROMPT = 80;
// What XML can't hold at all.
const FORBIDDEN = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu;

/** @typedef {{ text: string, width: number, height: number }} Picture */

/** @typedef {{ view: TreeView, caption: string }} Side a tree, and what it is called beside another */
/** @typedef {{ sides: Side[], sentence: string }} Pair two trees, the page's own last, and what is said of them */

/** @param {Side[]} of one, or two @param {string} sentence @returns {Promise<Picture>} */
async function svgOf(of, sentence) {
  const { css } = palette;
  const { view } = of[of.length - 1];
  const sides = await Promise.all(of.map(drawnSide));
  const width = Math.max(...sides.map((side) => side.width));
  const isPair = sides.length > 1;
  const mostLetters = Math.floor((width - 2 * PADDING_PX) / LETTER_PX);
  const lines = isPair ? wrapped(sentence, mostLetters) : [];
  const above = HEAD_PX + lines.length * LINE_PX;
  const height = sides.reduce((sum, side) => sum + side.height + (isPair ? CAPTION_PX : 0), above);
  const whole = make(null, "svg", { width, height, viewBox: `0 0 ${width} ${height}`, "font-family": css("--eager-sans") });
  make(whole, "rect", { width, height, fill: css("--eager-panel") });
  const prompt = view.store.prompt || "";
  text(whole, clip(prompt, LONGEST_PROMPT), { x: PADDING_PX, y: 24, "font-size": 15, "font-weight": 600, fill: css("--eager-ink") });
  if (!isPair) text(whole, view.status.textContent ?? "", { x: width - PADDING_PX, y: BAR.top + 17, "font-size": 12, "text-anchor": "end", fill: css("--eager-muted") });
  legend(whole, view.store, view.shows.coloring, css, !isPair);
  lines.forEach((line, index) => {
    text(whole, line, { x: PADDING_PX, y: HEAD_PX + index * LINE_PX + 8, "font-size": 13, fill: css("--eager-ink") });
  });
  let top = above;
  for (const { drawn, caption, height: own } of sides) {
    if (isPair) {
      text(whole, clip(caption, mostLetters), { x: PADDING_PX, y: top + CAPTION_PX - 7, "font-size": 12, "font-weight": 600, fill: css("--eager-ink") });
      top += CAPTION_PX;
    }
    drawn.setAttribute("y", String(top));
    whole.append(document.adoptNode(drawn));
    top += own;
  }
  return { text: new XMLSerializer().serializeToString(whole), width, height };
}

/** @param {Side} side */
async function drawnSide({ view, caption }) {
  const [width, height] = [view.plot.clientWidth, view.plot.clientHeight];
  const url = await Plotly.toImage(view.plot, { format: "svg", width, height });
  const drawn = new DOMParser().parseFromString(decodeURIComponent(url.slice(url.indexOf(",") + 1)), "image/svg+xml").documentElement;
  return { drawn, width, height, caption };
}

// A sentence in lines of at most so many letters, divided between words.
/** @param {string} sentence @param {number} most */
function wrapped(sentence, most) {
  const lines = [""];
  for (const word of sentence.split(" ")) {
    const last = lines.length - 1;
    if (lines[last] && lines[last].length + 1 + word.length > most) lines.push(word);
    else lines[last] += (lines[last] ? " " : "") + word;
  }
  return lines;
}

// The bar of the present colouring (tree/coloring.js), with theta where that is entropy's and
// the picture is of one run.
/** @param {Element} parent @param {TreeStore} store @param {Coloring} coloring @param {(name: string) => string} css @param {boolean} withTheta */
function legend(parent, store, coloring, css, withTheta) {
  const small = { "font-size": 11, fill: css("--eager-muted") };
  text(parent, coloring.caption, { x: PADDING_PX, y: BAR.top + 17, ...small });
  if (coloring.ticks.length === 0) return;
  const gradient = make(make(parent, "defs"), "linearGradient", { id: "eager-ramp" });
  const ramp = palette.ramp;
  for (const [index, color] of ramp.entries()) make(gradient, "stop", { offset: index / (ramp.length - 1), "stop-color": color });
  /** @param {number} position */
  const at = (position) => BAR.left + BAR.width * Math.min(position, 1);
  make(parent, "rect", { x: BAR.left, y: BAR.top + 9, width: BAR.width, height: BAR.height, fill: "url(#eager-ramp)", stroke: css("--eager-rule") });
  for (const [position, name] of coloring.ticks) text(parent, name, { x: at(position), y: BAR.top + 31, "text-anchor": "middle", ...small });
  if (!withTheta || !store.thetaOnScale || store.theta === null || coloring.name !== "entropy") return;
  const theta = at(store.theta / palette.largestEntropy);
  make(parent, "rect", { x: theta - 1, y: BAR.top + 6, width: 2, height: 15, fill: css("--eager-accent") });
  text(parent, `θ ${store.theta.toFixed(2)}`, { x: theta, y: BAR.top + 3, "font-size": 11, "font-weight": 600, "text-anchor": "middle", fill: css("--eager-accent") });
}

/** @param {Element | null} parent @param {string} tag @param {Record<string, string | number>} [attributes] */
function make(parent, tag, attributes = {}) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  return parent ? parent.appendChild(element) : element;
}

/** @param {Element} parent @param {string} content @param {Record<string, string | number>} attributes */
function text(parent, content, attributes) {
  make(parent, "text", attributes).textContent = content.replace(FORBIDDEN, "\ufffd");
}

/** @param {Picture} picture @returns {Promise<Blob>} */
async function rasterised({ text: source, width, height }) {
  const image = new Image();
  image.src = URL.createObjectURL(new Blob([source], { type: "image/svg+xml" }));
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.width = width * PNG_SCALE;
  canvas.height = height * PNG_SCALE;
  /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d")).drawImage(image, 0, 0, canvas.width, canvas.height);
  URL.revokeObjectURL(image.src);
  return new Promise((resolve, reject) =>
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("The browser made no PNG of the tree."))), "image/png"),
  );
}

// `view`: of the page's tree. `format`: "svg" or "png". `pair`: where a tree is pinned beside it, both.
/** @param {TreeView} view @param {"svg" | "png"} format @param {Pair | null} [pair] */
export async function savePicture(view, format, pair = null) {
  if (view.store.run === 0) return say("There is no tree to save yet; run one first.");
  const svg = await svgOf(pair?.sides ?? [{ view, caption: "" }], pair?.sentence ?? "");
  saveFile(`eager-tree.${format}`, format === "svg" ? svg.text : await rasterised(svg));
}
