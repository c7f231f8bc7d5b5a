// Hands deltas to the store, and asks for what was lost on the way (`catch_up` in components/tree/growth.py): when the store
// misses something, and when a tree that grows has been silent for a while, for the last delta may be the lost one.

/** @import { TreeDelta } from "../messages.js" */
/** @import { TreeStore } from "./store.js" */
/** @import { Known } from "./types.js" */

const SILENT_MS = 3000; // longer than most steps; to ask in vain costs a few bytes
const LOOK_EVERY_MS = 1000;

export class CatchingUp {
  // `ask`: called with what the page has, and the number of the request.
  /** @param {TreeStore} store @param {(known: Known) => void} ask */
  constructor(store, ask) {
    this.store = store;
    this.ask = ask;
    this.request = 0;
    this.awaits = false;
    this.askedIn = 0; // the run that was on the page when it asked last
    this.heardAt = performance.now();
    store.onGap = () => this.need();
  }

  watch() {
    setInterval(() => this.look(performance.now()), LOOK_EVERY_MS);
  }

  /** @param {TreeDelta} delta */
  take(delta) {
    this.heardAt = performance.now();
    if (delta.answers !== undefined) {
      if (delta.answers !== this.request) return; // a newer one is on its way
      this.awaits = false;
      // Asked before the present run began, of one that is over: it says nothing of the present one.
      if (delta.run < this.store.run && this.askedIn < this.store.run) return;
    }
    this.store.apply(delta);
  }

  need() {
    if (this.awaits) return;
    this.awaits = true;
    this.heardAt = performance.now();
    const { run, numNodes, places } = this.store;
    this.askedIn = run;
    this.ask({ run, known: numNodes, places: places.number, drawing: places.drawing, request: ++this.request });
  }

  /** @param {number} now */
  look(now) {
    if (!(this.store.running || this.awaits) || now - this.heardAt < SILENT_MS) return;
    this.awaits = false; // its answer is lost, too
    this.need();
  }
}
