// The sequences as text, every token shaded by its entropy.

/** @import { Color } from "../frame/types.js" */
/** @import { TreeStore } from "../tree/store.js" */
import { over, readable } from "../frame/contrast.js";
import { facts } from "../frame/facts.js";
import { make } from "../frame/make.js";
import { channels, palette } from "../frame/palette.js";
import { Prose } from "./prose.js";

const DRAW_EVERY_MS = 250; // prose does not need the tree's frame rate
const FULL_SHADE_NATS = 0.7; // below it the shade thins out, so that certain words read as plain text
const SHARED_SHADE = 0.25; // a shared token's entropy is told in full where the token was generated

export class SequencesView {
  // `inspect(node)`: goes to a node.
  /** @param {HTMLElement} element @param {{ store: TreeStore, inspect: (node: number) => void }} wires */
  constructor(element, { store, inspect }) {
    this.store = store;
    this.list = make("ol", "eager-sequences", element);
    this.run = 0;
    /** @type {Row[]} */
    this.rows = [];
    store.subscribe("changed", () => this._soon());
    this.look = readLook();
    palette.onThemeChange(() => {
      this.look = readLook();
      this._rebuild();
    });
    this.list.addEventListener("click", (event) => {
      const token = /** @type {HTMLElement | null} */ (/** @type {Element} */ (event.target).closest("[data-node]"));
      if (token) inspect(Number(token.dataset.node));
    });
  }

  _soon() {
    if (this._timer) return;
    const wait = this.store.running ? DRAW_EVERY_MS : 0;
    this._timer = setTimeout(() => {
      this._timer = null;
      this.draw(this.store);
    }, wait);
  }

  _rebuild() {
    this.run = 0;
    this.draw(this.store);
  }

  /** @param {TreeStore} store */
  draw(store) {
    if (store.run === 0) return;
    if (store.run !== this.run) {
      this.run = store.run;
      for (const row of this.rows) row.prose.close();
      this.list.replaceChildren();
      this.rows = [];
    }
    while (this.rows.length < store.sequences.length) this.rows.push(new Row(this.list, store, this.rows.length, this.look));
    for (const row of this.rows) row.draw(store);
    this.list.dataset.drawn = String(store.version); // what the tests wait for
  }
}

// One sequence: tokens it shares with its parent are shown pale, its own are shaded.
/** @typedef {{ ground: Color, ink: Color, muted: Color }} Inks */

class Row {
  /** @param {HTMLElement} list @param {TreeStore} store @param {number} id @param {Inks} look */
  constructor(list, store, id, look) {
    this.id = id;
    this.numDrawn = 0;
    const item = make("li", "eager-sequence", list);
    this.head = make("div", "eager-sequence-head", item);
    make("b", "", this.head).textContent = String(id);
    this.told = make("span", "", this.head);
    const text = make("p", "eager-prose", item);
    text.dir = "auto";
    this.prose = new Prose(text, (token, node, shared) => dress(token, store.entropy[node], shared, look));
    for (const node of store.path(store.sequences[id].forkNode)) this._token(store, node, true);
  }

  /** @param {TreeStore} store */
  draw(store) {
    const sequence = store.sequences[this.id];
    for (; this.numDrawn < sequence.nodes.length; this.numDrawn++) this._token(store, sequence.nodes[this.numDrawn], false);
    const state = sequence.reason === null ? "growing" : facts.finish_words[sequence.reason];
    const origin = this.id === 0 ? "the trunk" : sequence.parent === null ? "from the prompt" : `forked off ${sequence.parent}`;
    const told = `${origin} · ${store.depth[sequence.leaf]} tokens · ${state}`;
    if (this.told.textContent !== told) this.told.textContent = told;
  }

  /** @param {TreeStore} store @param {number} node @param {boolean} shared */
  _token(store, node, shared) {
    if (node !== 0) this.prose.add(node, store.prose(node), shared);
  }
}

/** @param {HTMLElement} token @param {number | null} entropy @param {boolean} shared @param {Inks} look */
function dress(token, entropy, shared, look) {
  if (entropy === null) return;
  const full = Math.min(1, entropy / FULL_SHADE_NATS);
  const inks = shared ? [look.muted, look.ink] : [look.ink];
  shade(token, palette.rgb(entropy), shared ? SHARED_SHADE * full : full, look.ground, inks);
}

// Colour the ground of a token, and its letters so that they can be read on it: the first of `inks` that can be.
/** @param {HTMLElement} token @param {Color} color @param {number} opacity @param {Color} ground @param {Color[]} inks */
function shade(token, color, opacity, ground, inks) {
  const [red, green, blue] = over(color, opacity, ground).map(Math.round);
  const shaded = /** @type {Color} */ ([red, green, blue]);
  token.style.backgroundColor = `rgb(${shaded.join(",")})`;
  const ink = readable(shaded, inks);
  if (ink !== inks[0]) token.style.color = `rgb(${ink.join(",")})`;
}

// Once a theme: reading a computed style is dear.
function readLook() {
  /** @param {string} name */
  const rgb = (name) => channels(palette.css(name));
  return { ground: rgb("--eager-ground"), ink: rgb("--eager-ink"), muted: rgb("--eager-muted") };
}
