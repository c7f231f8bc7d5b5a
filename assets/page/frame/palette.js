// Colours: the entropy ramp of the present theme (Python tells it: facts.js), and Gradio's own CSS variables.

/** @import { Color } from "./types.js" */
import { facts } from "./facts.js";

let wasDark = false;
/** @type {(() => void)[]} */
const listeners = [];

export const palette = {
  get isDark() {
    return document.body.classList.contains("dark");
  },

  get ramp() {
    const { ramps } = facts;
    return this.isDark ? ramps.dark : ramps.light;
  },

  // In nats: the end of the ramp.
  get largestEntropy() {
    return facts.largest_entropy_nats;
  },

  get colorscale() {
    const last = this.ramp.length - 1;
    return this.ramp.map((color, index) => [index / last, color]);
  },

  // The colour of an entropy in nats, as [red, green, blue].
  /** @param {number} entropy @returns {Color} */
  rgb(entropy) {
    return this.rgbAt(entropy / this.largestEntropy);
  },

  // The colour at a position of the ramp from 0 to 1, as [red, green, blue].
  /** @param {number} position @returns {Color} */
  rgbAt(position) {
    const ramp = this.ramp;
    const place = Math.min(Math.max(position, 0), 1) * (ramp.length - 1);
    const index = Math.min(Math.floor(place), ramp.length - 2);
    const low = channels(ramp[index]);
    const high = channels(ramp[index + 1]);
    const [red, green, blue] = low.map((value, channel) => Math.round(value + (high[channel] - value) * (place - index)));
    return [red, green, blue];
  },

  // The two greys that hatch what is not known, as [red, green, blue].
  /** @returns {Color[]} */
  get unknown() {
    return this.isDark ? [[92, 88, 82], [52, 49, 45]] : [[176, 170, 161], [222, 217, 209]];
  },

  /** @param {string} name */
  css(name) {
    return getComputedStyle(document.body).getPropertyValue(name).trim();
  },

  // Returns a function that ends it.
  /** @param {() => void} listener */
  onThemeChange(listener) {
    watchTheme();
    listeners.push(listener);
    return () => listeners.splice(listeners.indexOf(listener), 1);
  },
};

// Of a colour as `#rrggbb`.
/** @param {string} color @returns {Color} */
export function channels(color) {
  const [red, green, blue] = [1, 3, 5].map((start) => parseInt(color.slice(start, start + 2), 16));
  return [red, green, blue];
}

let isWatched = false;

function watchTheme() {
  if (isWatched) return;
  isWatched = true;
  wasDark = palette.isDark;
  new MutationObserver(() => {
    if (palette.isDark === wasDark) return;
    wasDark = palette.isDark;
    for (const listener of listeners) listener();
  }).observe(document.body, { attributes: true, attributeFilter: ["class"] });
}
