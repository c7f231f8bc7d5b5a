// What part of the tree is in view: fitted to it while it grows, until a hand moves it.
(() => {
  "use strict";
  const eager = (window.eager = window.eager || {});

  const LEAST_COLUMNS = 14;
  const LEAST_LANES = 4;
  const NEWEST_COLUMNS = 16;

  class TreeCamera {
    constructor() {
      this.follows = "fit"; // "fit": all of it; "newest": the last columns; null: where a hand left it
      this.x = [-0.9, LEAST_COLUMNS];
      this.y = [LEAST_LANES - 0.4, -0.8];
    }

    update(store) {
      if (this.follows === null) return;
      const needed = Math.max(LEAST_COLUMNS, store.maxDepth + 1.5);
      const columns = store.running ? roomFor(needed) : needed + 1;
      const lanes = Math.max(LEAST_LANES, store.numLanes);
      this.y = [lanes - 0.4, -0.8];
      if (this.follows === "fit") this.x = [-0.9, columns];
      else this.x = [Math.max(-0.9, store.maxDepth + 1.5 - NEWEST_COLUMNS), Math.max(NEWEST_COLUMNS - 0.9, store.maxDepth + 1.5)];
    }

    // Take over what the user's hand made of the axes.
    release(xaxis, yaxis) {
      this.follows = null;
      this.x = xaxis.range.slice();
      this.y = yaxis.range.slice();
    }

    zoom(factor, store) {
      const centre = store.selected === null ? (this.x[0] + this.x[1]) / 2 : store.depth[store.selected];
      const lane = store.selected === null ? (this.y[0] + this.y[1]) / 2 : store.lane(store.selected);
      this.follows = null;
      this.x = this.x.map((edge) => centre + (edge - centre) * factor);
      this.y = this.y.map((edge) => lane + (edge - lane) * Math.sqrt(factor));
    }

    // Pan so far that the node lies in view, and no further.
    show(depth, lane) {
      const dx = overshoot(depth, this.x[0] + 1, this.x[1] - 1);
      const dy = overshoot(lane, this.y[1] + 0.5, this.y[0] - 0.5);
      if (dx === 0 && dy === 0) return;
      this.follows = null;
      this.x = this.x.map((edge) => edge + dx);
      this.y = this.y.map((edge) => edge + dy);
    }
  }

  // Room grows in steps, so that the fitted picture does not creep at every token.
  function roomFor(columns) {
    const step = columns < 32 ? 6 : columns < 128 ? 16 : columns < 512 ? 48 : 160;
    return Math.ceil(columns / step) * step;
  }

  function overshoot(value, low, high) {
    return value < low ? value - low : value > high ? value - high : 0;
  }

  eager.TreeCamera = TreeCamera;
})();
