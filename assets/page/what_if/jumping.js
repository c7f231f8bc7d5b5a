// Keys on a slider: Alt and an arrow go to the next value at which the tree is another.

/** @import { Slider } from "./sliders.js" */
/** @import { ToldSlider } from "./types.js" */
import { say } from "../frame/announce.js";

// `told()`: what is known of the slider, null while that is not of the run on the page.
/** @param {Slider} slider @param {() => ToldSlider | null} told */
export function jumpByKeys(slider, told) {
  slider.block.addEventListener("keydown", (event) => {
    if (!event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const side = ["ArrowLeft", "ArrowRight"].indexOf(event.key);
    if (side < 0) return;
    event.preventDefault(); // a browser would turn the page
    const { jumps, steps } = told() ?? {};
    if (!jumps) return say("Where the tree changes is not known yet.");
    const to = jumps[side];
    if (to === null) return say(`Nothing changes ${side ? "up to" : "down to"} ${side ? slider.highest : slider.lowest}.`);
    const [low, high] = [slider.value, to].sort((a, b) => a - b);
    const passed = steps?.find(([, , at]) => low < at && at <= high);
    slider.move(to);
    say(`${slider.words} ${to}. ${passed ? passed[3] : ""}`);
  });
}
