// The three sliders that have a curve, as Gradio drew them: where their values lie, and how to move them.

/** @import { SliderName } from "../messages.js" */
/** @typedef {{ name: SliderName, id: string, words: string }} Which */

/** @type {Which[]} */
export const SLIDERS = [
  { name: "theta", id: "theta", words: "theta" },
  { name: "max_sequences", id: "max-sequences", words: "M" },
  { name: "temperature", id: "temperature", words: "temperature" },
];

const THUMB_PX = 16; // as wide as Gradio draws it (--size-4); at both ends its middle is half of that from the edge

export class Slider {
  /** @param {Which} which */
  constructor({ name, id, words }) {
    this.name = name;
    this.words = words;
    this.block = /** @type {HTMLElement} */ (document.getElementById(id));
    this.range = /** @type {HTMLInputElement} */ (this.block.querySelector("input[type=range]"));
    this.number = /** @type {HTMLInputElement} */ (this.block.querySelector("input[type=number]"));
  }

  get lowest() {
    return Number(this.range.min);
  }

  get highest() {
    return Number(this.range.max);
  }

  // The number box's: the range itself knows only whole steps.
  get value() {
    return Number(this.number.value);
  }

  // As a hand would: whoever listens to the slider hears of it.
  /** @param {number} value */
  move(value) {
    this.number.value = String(value);
    this.number.dispatchEvent(new Event("input", { bubbles: true }));
  }

  // Where the thumb's middle lies at both ends, and where the track lies, in pixels of the block.
  get track() {
    const block = this.block.getBoundingClientRect();
    const range = this.range.getBoundingClientRect();
    return {
      left: range.left - block.left + THUMB_PX / 2,
      width: Math.max(1, range.width - THUMB_PX),
      top: range.top - block.top,
    };
  }

  // The share of the way from the lowest value to the highest, kept between them.
  /** @param {number} value */
  share(value) {
    return Math.min(Math.max((value - this.lowest) / (this.highest - this.lowest), 0), 1);
  }
}

// Resolves once Gradio has put all sliders on the page, which it does in an order of its own.
/** @returns {Promise<void>} */
export function slidersThere() {
  const areThere = () => SLIDERS.every(({ id }) => document.querySelector(`#${id} input[type=range]`));
  return new Promise((resolve) => {
    const observer = new MutationObserver(look);
    function look() {
      if (!areThere()) return;
      observer.disconnect();
      resolve();
    }
    observer.observe(document.body, { childList: true, subtree: true });
    look();
  });
}
