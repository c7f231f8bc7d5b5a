// The colour bar: what the present colouring tells, on a scale that is always the same; with theta marked on entropy's.

/** @import { TreeStore } from "./store.js" */
/** @import { Coloring } from "./types.js" */
import { palette } from "../frame/palette.js";

export class Legend {
  /** @param {HTMLElement} element */
  constructor(element) {
    this.element = element;
    this.name = part(element, "span", "eager-legend-name");
    this.scale = part(element, "div", "eager-legend-scale");
    this.ramp = part(this.scale, "div", "eager-legend-ramp");
    this.ticks = part(this.scale, "div", "eager-legend-ticks");
    this.theta = part(this.scale, "span", "eager-legend-theta");
  }

  /** @param {TreeStore} store @param {Coloring} coloring */
  draw(store, coloring) {
    const ramp = `linear-gradient(to right, ${palette.ramp.join(", ")})`;
    if (this.ramp.dataset.drawn !== ramp) this.ramp.style.background = this.ramp.dataset.drawn = ramp;
    this._name(coloring);
    this.theta.hidden = store.run === 0 || coloring.name !== "entropy" || !store.thetaOnScale;
    if (this.theta.hidden) return;
    const left = place((store.theta ?? 0) / palette.largestEntropy);
    if (this.theta.style.left !== left) this.theta.style.left = left;
    const text = `θ ${(store.theta ?? 0).toFixed(2)}`;
    if (this.theta.textContent !== text) this.theta.textContent = text;
  }

  /** @param {Coloring} coloring */
  _name(coloring) {
    if (this.element.dataset.coloring === coloring.name) return;
    this.element.dataset.coloring = coloring.name;
    this.name.textContent = coloring.caption;
    this.scale.hidden = coloring.ticks.length === 0;
    this.ticks.replaceChildren();
    for (const [position, text] of coloring.ticks) part(this.ticks, "span", "eager-legend-tick", text).style.left = place(position);
  }
}

/** @param {number} position */
function place(position) {
  return `${(100 * Math.min(position, 1)).toFixed(2)}%`;
}

/** @param {HTMLElement} parent @param {string} tag @param {string} className @param {string} [text] */
function part(parent, tag, className, text = "") {
  const element = document.createElement(tag);
  element.className = className;
  element.textContent = text;
  return parent.appendChild(element);
}
