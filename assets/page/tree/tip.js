// The tooltip of the tree: a token's label, its numbers, and the rule that chose it.

/** @import { TreeStore } from "./store.js" */
/** @import { Point } from "./types.js" */
import { facts } from "../frame/facts.js";
import { make } from "../frame/make.js";

export class TreeTip {
  /** @param {HTMLElement} stage */
  constructor(stage) {
    this.stage = stage;
    this.element = make("div", "eager-tip", stage);
    this.element.hidden = true;
  }

  hide() {
    this.element.hidden = true;
  }

  // `at`: where the place is drawn, in the coordinates of pointer events.
  /** @param {TreeStore} store @param {number} place @param {Point} at */
  show({ places, moment }, place, at) {
    if (!moment.showsPlace(place)) return this.hide();
    const tip = this.element;
    tip.hidden = false;
    tip.replaceChildren();
    make("strong", "", tip).textContent = place === 0 ? "the prompt" : places.text[place];
    if (place > 0) {
      if (places.logprob[place] !== null) {
        make("span", "", tip).textContent = `probability ${percent(Math.exp(places.logprob[place]))}, rank ${places.rank[place]}`;
      }
      make("span", "", tip).textContent = `entropy ${inNats(places.entropy[place])}`;
      make("span", "eager-tip-rule", tip).textContent =
        places.node[place] === null ? "not in the present tree" : (facts.rules[places.rule[place]] ?? "");
    }
    const stage = this.stage.getBoundingClientRect();
    const left = Math.min(at.x - stage.left + 14, stage.width - tip.offsetWidth - 4);
    const below = at.y - stage.top + 16;
    const top = below + tip.offsetHeight > stage.height ? at.y - stage.top - tip.offsetHeight - 16 : below;
    tip.style.transform = `translate(${Math.max(4, left)}px, ${top}px)`;
  }
}

/** @param {number} share */
function percent(share) {
  return share >= 0.1 ? `${(100 * share).toFixed(0)} %` : `${(100 * share).toPrecision(2)} %`;
}

/** @param {number | null} entropy */
export const inNats = (entropy) => (entropy === null ? "not measured" : `${entropy.toFixed(2)} nats`);
