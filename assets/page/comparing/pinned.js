// The pinned tree: a store and a view of its own, which looks and moves as the page's own tree does.

import { TreeView } from "../tree/view.js";
import { createStore } from "../tree/store.js";
import { LinkedCamera } from "./camera.js";

const SHARED_LOOKS = ["ghosts", "words", "coloring"];

export class PinnedTree {
  // `view`: of the page's own tree. `inspect(id)`: called with a node of this one that a person wants to know about.
  constructor(element, { view, requests, inspect }) {
    this.other = view;
    this.store = createStore();
    const trigger = (event, { id, request }) => event === "node_click" && inspect(id, request);
    this.view = new TreeView(element, { store: this.store, requests, trigger, name: "A, the pinned token tree" });
    for (const name of SHARED_LOOKS) {
      Object.defineProperty(this.view.shows, name, {
        get: () => view.shows[name],
        set: (value) => (view.shows[name] = value),
      });
    }
    this.view.tools.tell();
    this._link(this.view, view);
    this._link(view, this.view);
  }

  // What is switched in one is switched in both; one token is selected in both together.
  _link(one, other) {
    one.store.subscribe("look changed", () => {
      other.tools.tell();
      other.draw();
    });
    const leave = (chosen) => chosen !== null && (other.store.selected !== null || other.store.selectedGhost !== null) && other.store.select(null);
    one.store.subscribe("node chosen", ({ node }) => leave(node));
    one.store.subscribe("ghost chosen", ({ place }) => leave(place));
  }

  // Show a tree, told as its one delta, in the same frame as the other; without ghosts, which would be A's tokens in B.
  show(delta) {
    if (this._hadGhosts === undefined) this._hadGhosts = this.other.shows.ghosts;
    this.other.shows.ghosts = false;
    this.store.apply(delta);
    if (this.camera === undefined) {
      this.other.camera.follows ??= "fit";
      this.camera = this.view.camera = this.other.camera = new LinkedCamera([this.other, this.view]);
    }
    this.other.changed();
    this.view.changed();
  }

  leave() {
    if (this.camera === undefined) return;
    this.other.camera = this.camera.alone();
    this.camera = undefined;
    this.other.shows.ghosts = this._hadGhosts;
    this._hadGhosts = undefined;
    this.other.standBeside(null);
    this.other.changed();
  }
}
