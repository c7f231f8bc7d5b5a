// The lanes' names left of the tree: the number of the sequence that ends there. A click shows that sequence.
// HTML of our own beside Plotly's figure: its axis labels cost more time than all else of a frame.

/** @import { TreeStore } from "./store.js" */
/** @import { Range, Span } from "./types.js" */
import { make } from "../frame/make.js";
import { verdictOf } from "./verdicts.js";

const LEAST_DISTANCE_PX = 12;

export class TreeLanes {
  /** @param {HTMLElement} parent @param {(sequence: number) => void} onChoose */
  constructor(parent, onChoose) {
    this.drawn = ""; // what is there now
    this.element = make("div", "eager-lanes", parent);
    this.element.addEventListener("click", (event) => {
      const name = /** @type {HTMLElement | null} */ (/** @type {Element} */ (event.target).closest("[data-sequence]"));
      if (name) onChoose(Number(name.dataset.sequence));
    });
  }

  // `spans`: what is to be seen (spans.js). `y`: [last, first] lane in view, over `height` px from `top`.
  /** @param {TreeStore} store @param {Span[]} spans @param {Range} y @param {number} top @param {number} height */
  draw(store, spans, y, top, height) {
    const wanted = [];
    let last = -Infinity;
    const lanes = new Set(spans.filter(({ present }) => present > 0).map(({ limb }) => limb.lane));
    const seen = store.sequences.filter((sequence) => sequence.nodes.length > 0 && lanes.has(sequence.lane));
    for (const sequence of seen.sort((one, other) => one.lane - other.lane)) {
      const at = ((sequence.lane - y[1]) / (y[0] - y[1])) * height;
      if (at < 0 || at > height || at - last < LEAST_DISTANCE_PX) continue;
      last = at;
      wanted.push([sequence.id, Math.round(top + at)]);
    }
    const drawn = JSON.stringify([wanted, [...store.judged]]);
    if (drawn === this.drawn) return;
    this.drawn = drawn;
    this.element.replaceChildren();
    for (const [id, px] of wanted) {
      const name = make("button", "eager-lane", this.element);
      name.type = "button";
      name.tabIndex = -1; // the z key does the same for the sequence of the selected token
      name.textContent = String(id);
      name.title = `Show sequence ${id}${verdictOf(store, id)}`;
      name.dataset.sequence = String(id);
      name.style.transform = `translateY(${px}px)`;
    }
  }
}
