// The pinned tree: a store and a view of its own, which looks and moves as the page's own tree does.

/** @import { Requests } from "../frame/requests.js" */
/** @import { TreeDelta } from "../messages.js" */
/** @import { Shows } from "../tree/types.js" */
import { createStore } from "../tree/store.js";
import { TreeView } from "../tree/view.js";
import { LinkedCamera } from "./camera.js";

export class PinnedTree {
  // `view`: of the page's own tree. `inspect(asked)`: called when a person wants to know about a node of this one.
  /** @param {HTMLElement} element @param {{ view: TreeView, requests: Requests, inspect: (asked: Record<string, unknown>) => void }} wires */
  constructor(element, { view, requests, inspect }) {
    this.other = view;
    this.store = createStore();
    this.view = new TreeView(element, {
      store: this.store, requests, name: "A, the pinned token tree",
      trigger: (event, asked) => event === "node_click" && inspect(asked),
    });
    this.view.shows = sharing(view.shows, this.view.shows);
    this.view.tools.tell();
    this._link(this.view, view);
    this._link(view, this.view);
    /** @type {LinkedCamera | null} */
    this.camera = null;
    this._hadGhosts = true;
  }

  // What is switched in one is switched in both; one token is selected in both together.
  /** @param {TreeView} one @param {TreeView} other */
  _link(one, other) {
    one.store.subscribe("look changed", () => {
      other.tools.tell();
      other.draw();
    });
    const leave = () => {
      if (other.store.selected !== null || other.store.selectedGhost !== null) other.store.select(null);
    };
    one.store.subscribe("node chosen", ({ node }) => node !== null && leave());
    one.store.subscribe("ghost chosen", leave);
  }

  // Show a tree, told as its one delta, under the same camera as the other; without ghosts, which would be A's tokens in B.
  /** @param {TreeDelta} delta */
  show(delta) {
    this.store.apply(delta);
    if (this.camera === null) {
      this._hadGhosts = this.other.shows.ghosts;
      this.other.shows.ghosts = false;
      this.other.camera.follows ??= "fit";
      this.camera = this.view.camera = this.other.camera = new LinkedCamera([this.other, this.view]);
    }
    this.other.changed();
    this.view.changed();
  }

  leave() {
    if (this.camera === null) return;
    this.other.camera = this.camera.alone();
    this.camera = null;
    this.other.shows.ghosts = this._hadGhosts;
    this.other.standBeside(null);
    this.other.changed();
  }
}

// What is shown of a tree: as of the other one, but for what means its own places.
/** @param {Shows} other @param {Shows} own @returns {Shows} */
function sharing(other, own) {
  const shared = Object.create(null);
  for (const name of /** @type {("ghosts" | "words" | "coloring")[]} */ (["ghosts", "words", "coloring"])) {
    Object.defineProperty(shared, name, {
      enumerable: true,
      get: () => other[name],
      set: (value) => Object.assign(other, { [name]: value }),
    });
  }
  return Object.assign(shared, { folds: own.folds, beside: own.beside });
}
