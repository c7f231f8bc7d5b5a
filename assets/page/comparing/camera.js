// One camera for several trees: fitted to all of them, so a column is the same token position, and as wide, in each; and
// what a hand does to one of them moves the others.

import { TreeCamera } from "../tree/camera.js";

export class LinkedCamera extends TreeCamera {
  // `views`: the trees' views. It begins where the first one's camera is.
  constructor(views) {
    super();
    this._seen = new Map(); // by store: what is to be seen of it
    [this.follows, this.x, this.y] = [views[0].camera.follows, views[0].camera.x, views[0].camera.y];
    this._views = views;
  }

  get x() {
    return this._x;
  }

  set x(range) {
    this._moved(this._x, range);
    this._x = range;
  }

  get y() {
    return this._y;
  }

  set y(range) {
    this._moved(this._y, range);
    this._y = range;
  }

  update(store, spans) {
    this._seen.set(store, spans);
    const stores = [...this._seen.keys()];
    const all = { running: stores.some(({ running }) => running), maxDepth: Math.max(...stores.map(({ maxDepth }) => maxDepth)) };
    super.update(all, [...this._seen.values()].flat());
  }

  // A camera of one tree alone that looks where this one does.
  alone() {
    const camera = new TreeCamera();
    [camera.follows, camera.x, camera.y] = [this.follows, this.x, this.y];
    return camera;
  }

  _moved(before, range) {
    if (!this._views || this._waits || (before[0] === range[0] && before[1] === range[1])) return;
    this._waits = true;
    requestAnimationFrame(() => {
      this._waits = false;
      for (const view of this._views) if (view.camera === this) view.draw();
    });
  }
}
