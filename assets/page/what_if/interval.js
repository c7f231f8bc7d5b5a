// A thin bar along a slider's track: the values at which this very tree stays the same.

/** @import { Slider } from "./sliders.js" */
import { make } from "../frame/make.js";

export class Interval {
  /** @param {Slider} slider */
  constructor(slider) {
    /** @type {[number, number] | null} */
    this.same = null;
    this.slider = slider;
    this.bar = make("div", "eager-same", slider.block);
    this.bar.setAttribute("aria-hidden", "true"); // the curve's words tell it
    this.bar.hidden = true;
  }

  // `same`: [first value, last value], or null where that is not known.
  /** @param {[number, number] | null} same */
  show(same) {
    this.same = same;
    this.place();
  }

  place() {
    this.bar.hidden = !this.same;
    if (!this.same) return;
    const { left, width, top } = this.slider.track;
    const [from, to] = this.same.map((value) => this.slider.share(value) * width);
    this.bar.style.left = `${left + from - 1}px`;
    this.bar.style.width = `${to - from + 2}px`;
    this.bar.style.top = `${top}px`;
  }
}
