// The pot: a dot for each sequence that stage 1 saved. Dots fly in from the prompts that saved them, and out to those that
// get them; who asks for less motion sees them come and go in place. The numbers stand beside in words.

/** @import { Pot } from "../messages.js" */
import { make } from "../frame/make.js";

const MOST_DOTS = 240;
const MOST_FLIGHTS = 60;
const FLIGHT_MS = 700;
const STAGGER_MS = 35;

export class ExperimentPot {
  /** @param {HTMLElement} parent */
  constructor(parent) {
    this.host = make("div", "eager-pot", parent);
    const head = make("p", "eager-pot-head", this.host);
    this.number = make("b", "", head);
    this.caption = make("span", "", head);
    this.dots = make("div", "eager-pot-dots", this.host);
    this.dots.setAttribute("aria-hidden", "true");
    this.words = make("ul", "eager-pot-words", this.host);
    this.clear();
  }

  clear() {
    this._fill(0);
    this.number.textContent = "0";
    this.caption.textContent = "saved sequences in the pot";
    this.words.replaceChildren();
  }

  // `sources`: [tile's element, number] of prompts that have just saved; `targets`: of those that have just been given.
  /** @param {Pot} pot @param {string[]} allocations @param {[HTMLElement, number][]} sources @param {[HTMLElement, number][]} targets */
  draw(pot, allocations, sources, targets) {
    if (pot.stage !== null && targets.length) this._fill(pot.saved); // what is shared out was all in the pot before
    for (const [tile, count] of sources) this._fly(tile, this.dots, count);
    for (const [tile, count] of targets) this._fly(this.dots, tile, count);
    this._fill(pot.left);
    this.number.textContent = String(pot.left);
    this.caption.textContent = pot.stage === null ? "saved sequences in the pot" : `of ${pot.saved} saved are left after ${pot.stage}`;
    this.words.replaceChildren();
    for (const words of allocations.length ? allocations : pot.words ? [pot.words] : []) make("li", "", this.words).textContent = words;
  }

  /** @param {number} number */
  _fill(number) {
    const shown = Math.min(number, MOST_DOTS);
    while (this.dots.childElementCount > shown) this.dots.lastElementChild?.remove();
    while (this.dots.childElementCount < shown) make("i", "", this.dots);
  }

  /** @param {HTMLElement} from @param {HTMLElement} to @param {number} count */
  _fly(from, to, count) {
    if (matchMedia("(prefers-reduced-motion: reduce)").matches || document.hidden) return;
    const [start, end] = [middle(from), middle(to)];
    for (let index = 0; index < Math.min(count, MOST_FLIGHTS); index++) {
      const dot = make("i", "eager-flight", document.body);
      /** @param {number[]} place @param {number} scale */
      const at = ([x, y], scale) => ({ transform: `translate(${x}px, ${y}px) scale(${scale})` });
      const between = [(start[0] + end[0]) / 2, Math.min(start[1], end[1]) - 30];
      dot
        .animate([at(start, 0.6), at(between, 1.3), at(end, 0.8)], { duration: FLIGHT_MS, delay: index * STAGGER_MS, easing: "ease-in-out", fill: "both" })
        .finished.finally(() => dot.remove());
    }
  }
}

/** @param {HTMLElement} element */
function middle(element) {
  const box = element.getBoundingClientRect();
  return [box.left + box.width / 2, box.top + box.height / 2];
}
