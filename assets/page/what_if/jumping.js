// Keys on a slider: Alt and an arrow go to the next value at which the tree is another.

/** @import { Slider } from "./sliders.js" */
import { say } from "../frame/announce.js";

// `jumps()`: the values below and above to go to, null where there is none, or null while that is not known.
/** @param {Slider} slider @param {() => [number | null, number | null] | null} jumps */
export function jumpByKeys(slider, jumps) {
  slider.block.addEventListener("keydown", (event) => {
    if (!event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const side = ["ArrowLeft", "ArrowRight"].indexOf(event.key);
    if (side < 0) return;
    event.preventDefault(); // a browser would turn the page
    const told = jumps();
    if (!told) return say("Where the tree changes is not known yet.");
    const to = told[side];
    if (to === null) return say(`Nothing changes ${side ? "up to" : "down to"} ${side ? slider.highest : slider.lowest}.`);
    slider.move(to);
    say(`${slider.words} ${to}`);
  });
}
