// One camera for several trees: fitted to all of them, so a column is the same token position, and as wide, in each; and
// what a hand does to one of them moves the others.

/** @import { TreeStore } from "../tree/store.js" */
/** @import { Range, Span } from "../tree/types.js" */
/** @import { TreeView } from "../tree/view.js" */
import { TreeCamera } from "../tree/camera.js";

export class LinkedCamera extends TreeCamera {
  // `views`: the trees' views. It begins where the first one's camera is.
  /** @param {TreeView[]} views */
  constructor(views) {
    super();
    const [{ camera }] = views;
    [this.follows, this.x, this.y] = [camera.follows, camera.x, camera.y];
    /** @type {Map<TreeStore, Span[]>} what is to be seen of each tree */
    this._seen = new Map();
    this._views = views;
    this._drawn = this._place;
    this._waits = false;
  }

  /** @param {TreeStore} store @param {Span[]} spans @override */
  update(store, spans) {
    this._seen.set(store, spans);
    const stores = [...this._seen.keys()];
    const all = { running: stores.some(({ running }) => running), maxDepth: Math.max(...stores.map(({ maxDepth }) => maxDepth)) };
    super.update(all, [...this._seen.values()].flat());
    this._moved();
  }

  /** @param {{ range: Range }} xaxis @param {{ range: Range }} yaxis @override */
  release(xaxis, yaxis) {
    super.release(xaxis, yaxis);
    this._moved();
  }

  // A camera of one tree alone that looks where this one does.
  alone() {
    const camera = new TreeCamera();
    [camera.follows, camera.x, camera.y] = [this.follows, this.x, this.y];
    return camera;
  }

  get _place() {
    return [...this.x, ...this.y].join();
  }

  // All are drawn again in the next frame, where it does not look as they were drawn last.
  _moved() {
    if (this._waits || this._place === this._drawn) return;
    this._waits = true;
    requestAnimationFrame(() => {
      this._waits = false;
      this._drawn = this._place;
      for (const view of this._views) if (view.camera === this) view.draw();
    });
  }
}
