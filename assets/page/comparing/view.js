// A and B on the page: A's picture, a caption for each, the sentence that says where they part, and what both cost.
// Python compares them (components/comparing/telling.py) when a run of B has ended, and now and then while it grows.

/** @import { Requests } from "../frame/requests.js" */
/** @import { Trigger } from "../frame/types.js" */
/** @import { ComparingNews, Compared, Pinned } from "../messages.js" */
/** @import { Tool } from "../tree/types.js" */
/** @import { TreeView } from "../tree/view.js" */
import { say } from "../frame/announce.js";
import { make } from "../frame/make.js";
import { rememberPinned } from "./address.js";
import { Caption } from "./caption.js";
import { PinnedTree } from "./pinned.js";
import { drawTable } from "./table.js";

const ASK_EVERY_MS = 1500; // while B grows
const GROWING = "B is growing. What it has so far is compared below; where it parts from A is told when it has ended.";
const MARKS = "Faint: in both. ▼: where they part first.";
const PIN =
  "Keep this tree as A, as it stands, and compare with it whatever comes; one that still grows is kept as if stopped here";
const SWAP =
  "A goes back on the page as it was, with its prompt and settings; nothing is run and the model is not asked. What is on the page now is pinned in its place; if it still grows, it stops";

export class ComparingView {
  // `view`: of the page's own tree, B. `trigger(event, asked)`: tells Python of an event (components/comparing/view.py).
  // `isAlone`: there is no Python, and so no way to pin anything else.
  /** @param {HTMLElement} element @param {{ view: TreeView, requests: Requests, trigger: Trigger, isAlone?: boolean }} wires */
  constructor(element, { view, requests, trigger, isAlone = false }) {
    this.other = view;
    this.requests = requests;
    this.trigger = trigger;
    this.isAlone = isAlone;
    this.pin = 0; // the number of the pinned tree, 0 for none
    /** @type {Compared | null} */
    this.compared = null; // what was told last of A and B
    /** @type {PinnedTree | null} */
    this.tree = null;
    const head = make("div", "eager-parting-head", element);
    this.sentence = make("p", "eager-parting", head);
    this.sentence.setAttribute("role", "status");
    make("p", "eager-marks", head).textContent = MARKS;
    const panel = make("section", "eager-pinned", element);
    panel.setAttribute("aria-label", "A, the pinned tree");
    this.captionA = new Caption(panel, "A");
    this.picture = make("div", "eager-pinned-tree", panel);
    this.captionB = new Caption(element, "B");
    this.captionB.element.classList.add("eager-caption-of-b");
    this.table = make("table", "eager-costs", element);
    this.tools = this._tools();
    const buttons = view.tools.add("Compare", this.tools);
    this.whilePinned = isAlone ? buttons : buttons.slice(1);
    this.turn = buttons[buttons.length - 1];
    this.turn.classList.add("eager-turn");
    this.turn.setAttribute("aria-pressed", "false");
    for (const button of this.whilePinned) button.hidden = true;
    view.store.subscribe("run began", () => this._begin());
    view.store.subscribe("run ended", () => this._ask());
  }

  /** @returns {Tool[]} */
  _tools() {
    /** @type {Tool} */
    const layout = ["Side by side", "A and B side by side, or one above the other", "l", () => this._turn()];
    if (this.isAlone) return [layout];
    return [["Pin as A", PIN, "p", () => this.pinPresent()], ["Swap", SWAP, "a", () => this._tell("swap")], ["Unpin", "Let A go", "q", () => this._tell("unpin")], layout];
  }

  pinPresent() {
    if (this.other.store.run === 0) return say("There is no tree to pin yet; run one first.");
    this.trigger("pin", { pin: this.pin });
  }

  // What was told: idempotent, in any order; what does not fit what is here is asked for again.
  /** @param {ComparingNews} news */
  take(news) {
    if (news.pin === null) return this._leave();
    const { pin, run, running, pinned, compared } = news;
    if (pinned && pin > this.pin) this._show(pin, pinned);
    if (pin > this.pin) return this.trigger("ask", { pin: this.pin });
    if (pin === this.pin && run === this.other.store.run) this._compare(compared, running);
  }

  // A and B, for who draws them; null where none is pinned.
  get pair() {
    if (!this.pin || !this.tree) return null;
    const sides = [{ view: this.tree.view, caption: this.captionA.text }, { view: this.other, caption: this.captionB.text }];
    return { sides, sentence: this.sentence.textContent ?? "" };
  }

  /** @param {string} event */
  _tell(event) {
    if (this.pin) this.trigger(event, { pin: this.pin });
  }

  _ask() {
    clearTimeout(this._timer);
    this._tell("ask");
  }

  /** @param {number} pin @param {Pinned} pinned */
  _show(pin, { delta, link }) {
    const isFirst = this.pin === 0;
    this.pin = pin;
    this._wear(true);
    this.tree ??= this._mounted();
    this.tree.show(delta);
    if (!this.isAlone) rememberPinned(link);
    if (isFirst) say("Pinned as A. What you change now is B.");
    if (this.other.store.running) this._begin();
  }

  _mounted() {
    const tree = new PinnedTree(this.picture, {
      view: this.other, requests: this.requests,
      inspect: ({ id, request }) => this.trigger("node_click", { id, pin: this.pin, request }),
    });
    tree.view.tools.add("Compare", this.tools); // not seen, but for their keys, and as high as B's
    return tree;
  }

  // A run of B begins: nothing is known yet of what it shares.
  _begin() {
    if (!this.pin) return;
    this.compared = null;
    this.tree?.view.standBeside(null);
    this.other.standBeside(null);
    this.sentence.textContent = GROWING;
    this._ask();
  }

  // `running`: whether B was still growing when this was told.
  /** @param {Compared} compared @param {boolean} running */
  _compare(compared, running) {
    const isGrowing = running || this.other.store.running;
    this.compared = compared;
    this.captionA.tell(compared.caption_a);
    this.captionB.tell(compared.caption_b);
    drawTable(this.table, compared.rows);
    const sentence = isGrowing ? GROWING : compared.sentence;
    if (this.sentence.textContent !== sentence) this.sentence.textContent = sentence;
    /** @param {number | null} node */
    const mark = (node) => (isGrowing ? null : node);
    this.tree?.view.standBeside({ shared: unfolded(compared.shared_a), mark: mark(compared.mark_a) });
    this.other.standBeside({ shared: unfolded(compared.shared_b), mark: mark(compared.mark_b) });
    clearTimeout(this._timer);
    if (isGrowing) this._timer = setTimeout(() => this._ask(), ASK_EVERY_MS);
  }

  _leave() {
    if (!this.pin) return;
    this.pin = 0;
    this.compared = null;
    clearTimeout(this._timer);
    this._wear(false);
    this.sentence.textContent = "";
    this.tree?.leave();
    rememberPinned("");
    say("A is unpinned.");
  }

  // What the page's styles ask (comparing.css), and which buttons there are.
  /** @param {boolean} isPinned */
  _wear(isPinned) {
    document.body.dataset.eagerPinned = String(isPinned);
    const hadFocus = this.whilePinned.some((button) => button === document.activeElement);
    for (const button of this.whilePinned) button.hidden = !isPinned;
    if (hadFocus && !isPinned) this.other.stage.focus({ preventScroll: true });
  }

  _turn() {
    if (!this.pin) return;
    const isBeside = document.body.dataset.eagerBeside !== "true";
    document.body.dataset.eagerBeside = String(isBeside);
    this.turn.setAttribute("aria-pressed", String(isBeside));
  }
}

// A set of the numbers in stretches [first, how many].
/** @param {[number, number][]} stretches */
function unfolded(stretches) {
  return new Set(stretches.flatMap(([first, number]) => Array.from({ length: number }, (_, index) => first + index)));
}
