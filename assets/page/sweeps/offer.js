// The button under theta's slider that sets it to what was calibrated for the present model and measure.

/** @import { Offer } from "../messages.js" */
import { make } from "../frame/make.js";

const SLIDER = "theta";

// `choose({theta})`: puts it beside the tree. The button stands in the slider's own element, which Gradio made.
/** @param {(what: { theta: number }) => void} choose */
export function createOffer(choose) {
  /** @type {HTMLButtonElement | null} */
  let button = null;
  let theta = 0;

  /** @param {Offer} offer */
  return function show(offer) {
    const slider = document.getElementById(SLIDER);
    if (!button && slider && offer.theta !== null) {
      button = make("button", "eager-tool eager-offer", slider);
      button.type = "button";
      button.addEventListener("click", () => choose({ theta }));
    }
    if (!button) return;
    button.hidden = offer.theta === null;
    if (offer.theta === null) return;
    theta = offer.theta;
    button.textContent = `calibrated: ${theta}`;
    button.title = offer.title;
    button.setAttribute("aria-label", `Set θ to the calibrated ${theta}. ${offer.title}`);
  };
}
