// A tree's letter and its settings, of which those stand out that the other tree does not share.

/** @import { CaptionPart } from "../messages.js" */
import { make } from "../frame/make.js";

export class Caption {
  /** @param {HTMLElement} parent @param {string} letter */
  constructor(parent, letter) {
    this.letter = letter;
    this.element = make("p", "eager-caption-of", parent);
    make("b", "eager-letter", this.element).textContent = letter;
    this.parts = make("span", "", this.element);
  }

  /** @param {CaptionPart[]} parts */
  tell(parts) {
    this.parts.replaceChildren();
    parts.forEach(({ text, differs }, index) => {
      if (index) this.parts.append(" · ");
      make(differs ? "strong" : "span", "", this.parts).textContent = text;
    });
  }

  get text() {
    return `${this.letter}: ${this.parts.textContent}`;
  }
}
