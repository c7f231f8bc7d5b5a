// A sequence's text, token by token, as it reads. A token is an element of its own only while its stretch of the text is in
// sight; elsewhere a stretch is one plain text node, which reads and breaks the same. Tokens are set as text, never as HTML.

import { Joined, split } from "../tree/graphemes.js";
import { make } from "../frame/make.js";

const TOKENS_A_STRETCH = 48;

/**
 * @typedef {{ before: Text, token: HTMLElement, after: Text }} Dom
 * @typedef {{ node: number, text: string, shared: boolean, dom?: Dom | null }} Piece a token, and what shows it
 * @typedef {(span: HTMLElement, node: number, shared: boolean) => void} Dress gives a token its colour
 */

/** @type {WeakMap<Element, Stretch>} */
const stretchOf = new WeakMap(); // by its element
const sight = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) stretchOf.get(target)?.show(isIntersecting);
});

// `element`: what the text is written into. `dress(span, node, shared)`: gives a token its colour.
export class Prose {
  /** @param {HTMLElement} element @param {Dress} dress */
  constructor(element, dress) {
    this.element = element;
    this.dress = dress;
    this.joined = new Joined();
    /** @type {Stretch[]} */
    this.stretches = [];
    /** @type {Stretch | null} */
    this.owner = null; // the stretch that holds the last character
  }

  // Append a token. `shared`: whether it is shown as another sequence's.
  /** @param {number} node @param {string} text @param {boolean} shared */
  add(node, text, shared) {
    const own = this.joined.add(text);
    if (own.taken > 0) this.owner?.giveBack(own.taken);
    let stretch = this.stretches.at(-1);
    if (!stretch || stretch.pieces.length >= TOKENS_A_STRETCH) {
      stretch = new Stretch(this.element, this.dress);
      this.stretches.push(stretch);
    }
    stretch.add({ node, text: own.text, shared });
    if (own.text !== "") this.owner = stretch;
  }

  close() {
    for (const stretch of this.stretches) sight.unobserve(stretch.element);
  }
}

// Some tokens that follow one another. Each is a piece: {node, text, shared} and, in sight, its three DOM nodes.
class Stretch {
  /** @param {HTMLElement} parent @param {Dress} dress */
  constructor(parent, dress) {
    this.element = make("span", "eager-stretch", parent);
    this.dress = dress;
    /** @type {Piece[]} */
    this.pieces = [];
    this.inSight = false;
    this.plain = this.element.appendChild(document.createTextNode(""));
    stretchOf.set(this.element, this);
    sight.observe(this.element);
  }

  /** @param {Piece} piece */
  add(piece) {
    this.pieces.push(piece);
    if (this.inSight) this._build(piece);
    else this.plain.appendData(piece.text);
  }

  // The last character goes to a later token: it leaves the last piece that has any text.
  /** @param {number} length */
  giveBack(length) {
    const piece = this.pieces.findLast(({ text }) => text !== "");
    if (!piece) return;
    piece.text = piece.text.slice(0, -length);
    if (this.inSight) fill(piece);
    else this.plain.deleteData(this.plain.length - length, length);
  }

  /** @param {boolean} inSight */
  show(inSight) {
    if (inSight === this.inSight) return;
    this.inSight = inSight;
    this.element.replaceChildren();
    if (inSight) {
      for (const piece of this.pieces) this._build(piece);
      return;
    }
    for (const piece of this.pieces) piece.dom = null;
    this.plain = this.element.appendChild(document.createTextNode(this.pieces.map(({ text }) => text).join("")));
  }

  /** @param {Piece} piece */
  _build(piece) {
    const before = this.element.appendChild(document.createTextNode(""));
    const token = make("span", piece.shared ? "eager-token eager-shared" : "eager-token", this.element);
    const after = this.element.appendChild(document.createTextNode(""));
    token.dataset.node = String(piece.node);
    piece.dom = { before, token, after };
    fill(piece);
    this.dress(token, piece.node, piece.shared);
  }
}

// Spaces and breaks stand between the tokens: a shade that breaks across lines would lie under other words.
/** @param {Piece} piece */
function fill({ text, dom }) {
  if (!dom) return;
  const [before, body, after] = parts(text);
  dom.before.data = before;
  dom.token.textContent = body;
  dom.after.data = after;
}

// A space that bears a mark is no space.
/** @param {string} text */
function parts(text) {
  /** @param {string} character */
  const isBlank = (character) => /^\s+$/.test(character);
  const characters = split(text);
  const first = characters.findIndex((character) => !isBlank(character));
  if (first < 0) return [text, "", ""];
  const last = characters.findLastIndex((character) => !isBlank(character)) + 1;
  return [characters.slice(0, first), characters.slice(first, last), characters.slice(last)].map((part) => part.join(""));
}
