// The page by keyboard. Letters work anywhere but in a field that takes text; `?` lists them. The keys that move within
// the tree are the tree view's own (tree/view.js), and are handed to it from wherever the reader is.

/** @import { KeyParts } from "./types.js" */
import { make } from "./make.js";

const TYPES_TEXT = "input:not([type=range]):not([type=checkbox]):not([type=radio]):not([type=button]), textarea, select, [contenteditable=true]";
const OWN_SPACE_AND_ENTER = "button, a, summary, input, [role=button], [role=tab]";
const OWN_ARROWS = "input, select, .eager-rows, [role=radiogroup], [role=listbox], .eager-prose, .js-plotly-plot";

/** @param {string} id */
const press = (id) => () => document.getElementById(id)?.click();
// `parts`: the page's, each of them there once it is mounted (parts.js).
/** @type {Record<string, (parts: KeyParts) => void>} */
const PAGE_KEYS = {
  r: press("run"),
  s: press("stop"),
  "/": () => /** @type {HTMLElement | null} */ (document.querySelector("#prompt textarea"))?.focus(),
  t: ({ tree }) => tree?.stage.focus(),
  k: ({ inspector }) => inspector?.forkHere(),
  u: ({ inspector }) => inspector?.undo(),
  " ": ({ time }) => time?.toggle(),
  "[": ({ time }) => time?.step(-1),
  "]": ({ time }) => time?.step(1),
  Home: ({ time }) => time?.go(0),
  End: ({ time }) => time?.go(Infinity),
  "?": ({ keys }) => keys?.open(),
};

/** @type {[string, [string, string][]][]} */
const LIST = [
  ["Run", [["r", "run"], ["s", "stop"], ["/", "write in the prompt"]]],
  ["Walk the tree", [["t", "go to the tree"], ["→ ←", "to the next token, to the one before"], ["↓ ↑", "to the lane below, above"], ["Enter", "inspect the token"]]],
  ["See it", [["f", "fit the whole tree"], ["n", "follow the newest tokens"], ["z", "show the selected token's sequence"], ["+ −", "zoom in, out"], ["c", "colour by entropy, probability, rank, or not at all"], ["w", "words instead of tokens"], ["g", "show or hide ghosts"], ["x", "fold or unfold what follows the token"]]],
  ["Grow by hand", [["k", "fork at the inspected token"], ["u", "undo the last branch by hand"]]],
  ["Compare", [["p", "pin the tree as A"], ["a", "swap A and B"], ["q", "unpin A"], ["l", "A and B side by side, or stacked"]]],
  ["Time", [["space", "replay the growth, pause"], ["[ ]", "previous token, next token"], ["Home End", "to the prompt, to the newest token"]]],
  ["Sliders", [["Alt+← Alt+→", "on a slider, to the next value that changes the tree"]]],
  ["Help", [["?", "this list"], ["Esc", "close it"]]],
];

export class Keys {
  /** @param {HTMLElement} element @param {KeyParts} parts */
  constructor(element, parts) {
    this.parts = parts;
    this.dialog = make("dialog", "eager-keys", element);
    this.dialog.setAttribute("aria-labelledby", "eager-keys-title");
    const title = make("h2", "", this.dialog);
    title.id = "eager-keys-title";
    title.textContent = "Keys";
    const columns = make("div", "eager-keys-columns", this.dialog);
    for (const [group, keys] of LIST) this._group(columns, group, keys);
    const close = make("button", "eager-tool eager-keys-close", this.dialog);
    close.type = "button";
    close.textContent = "Close";
    close.addEventListener("click", () => this.dialog.close());
    this.dialog.addEventListener("click", (event) => event.target === this.dialog && this.dialog.close());
    const opener = make("button", "eager-tool eager-keys-open", element);
    opener.type = "button";
    opener.textContent = "Keys ?";
    opener.setAttribute("aria-label", "List the keys (?)");
    opener.addEventListener("click", () => this.open());
    document.addEventListener("keydown", (event) => this._press(event));
  }

  /** @param {HTMLElement} parent @param {string} group @param {string[][]} keys */
  _group(parent, group, keys) {
    const section = make("section", "", parent);
    make("h3", "", section).textContent = group;
    const list = make("dl", "", section);
    for (const [key, what] of keys) {
      const name = make("dt", "", list);
      for (const part of key.split(" ")) make("kbd", "", name).textContent = part;
      make("dd", "", list).textContent = what;
    }
  }

  open() {
    if (!this.dialog.open) this.dialog.showModal();
  }

  /** @param {KeyboardEvent} event */
  _press(event) {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || this.dialog.open) return;
    const target = /** @type {Element} */ (event.target);
    if (target.matches(TYPES_TEXT)) return;
    if ((event.key === " " || event.key === "Enter") && target.closest(OWN_SPACE_AND_ENTER)) return;
    if (/^(Arrow|Home|End)/.test(event.key) && target.closest(OWN_ARROWS)) return;
    // Without the tree in focus the arrows scroll the page, as everywhere.
    if (/^(Arrow|Enter)/.test(event.key)) return;
    const action = PAGE_KEYS[event.key];
    if (action) {
      event.preventDefault();
      action(this.parts);
    } else if (event.key.length === 1) {
      this.parts.tree?.press(event);
    }
  }
}
