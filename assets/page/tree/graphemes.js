// Characters as a reader counts them (grapheme clusters), which no cut may divide. Pure: no DOM.

const SEGMENTER = new Intl.Segmenter("en", { granularity: "grapheme" });

/** @param {string} text */
export const split = (text) => Array.from(SEGMENTER.segment(text), ({ segment }) => segment);

// At most `most` characters, the last one an ellipsis where there are more.
/** @param {string} text @param {number} most */
export function clip(text, most) {
  if (text.length <= most) return text;
  const kept = split(text);
  return kept.length <= most ? text : `${kept.slice(0, Math.max(1, most - 1)).join("")}…`;
}

// The end of a text, at most `most` characters of it.
/** @param {string} text @param {number} most */
export function clipStart(text, most) {
  return text.length <= most ? text : split(text).slice(-most).join("");
}

// Texts that follow one another, each a token's: a character that several of them write belongs to the last.
export class Joined {
  constructor() {
    this.open = ""; // the last character so far, which the next text may go on with
  }

  // Take in the next text. Returns {text, taken}: what is its own, and how much of that (in code units, from its start)
  // was given to earlier texts before, as their end.
  /** @param {string} text */
  add(text) {
    if (text === "") return { text, taken: 0 };
    const { open } = this;
    // What stands before the last character is divided for good: only that one can still grow.
    const characters = split(open + text);
    this.open = characters[characters.length - 1];
    const goesOn = open !== "" && characters[0].length > open.length;
    return goesOn ? { text: open + text, taken: open.length } : { text, taken: 0 };
  }
}
