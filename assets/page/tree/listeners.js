// Who wants to hear of what happens to a tree. Every kind is told with an object of what it says:
//
//   changed        {}              what the store holds, or what is shown of it: once a frame at most
//   run began      {run}
//   run ended      {run}           by itself, stopped, or because nobody knows it any more; where a newer run takes its
//                                  place while it grows, the beginning of that one is told alone
//   node chosen    {node}          null: none is chosen any more
//   ghost chosen   {place}
//   moment moved   {until}         the newest node that is shown, Infinity: all
//   look changed   {}              a switch, the colouring or a fold of its picture
//   slider moved   {name, value}   any control, by its name in the address (frame/link.js)
//
// All but `changed` are told at once, when the store is as they say.

/**
 * @typedef {{
 *   "changed": {}, "run began": { run: number }, "run ended": { run: number }, "node chosen": { node: number | null },
 *   "ghost chosen": { place: number }, "moment moved": { until: number }, "look changed": {},
 *   "slider moved": { name: string, value: unknown },
 * }} Happenings
 */

/** @type {(keyof Happenings)[]} */
const KINDS = ["changed", "run began", "run ended", "node chosen", "ghost chosen", "moment moved", "look changed", "slider moved"];

export class Listeners {
  constructor() {
    /** @type {Map<string, Set<{ listener: (what: never) => void }>>} */
    this._of = new Map(KINDS.map((kind) => [kind, new Set()]));
  }

  // Returns a function that ends it.
  /** @template {keyof Happenings} Kind @param {Kind} kind @param {(what: Happenings[Kind]) => void} listener */
  subscribe(kind, listener) {
    const heard = { listener }; // one of its own, so that a function may listen twice
    const all = this._listeners(kind);
    all.add(heard);
    return () => all.delete(heard);
  }

  // One that fails keeps no other from hearing.
  /** @template {keyof Happenings} Kind @param {Kind} kind @param {Happenings[Kind]} what */
  tell(kind, what) {
    for (const { listener } of [...this._listeners(kind)]) {
      try {
        /** @type {(what: Happenings[Kind]) => void} */ (listener)(what);
      } catch (error) {
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }

  /** @param {string} kind */
  _listeners(kind) {
    const all = this._of.get(kind);
    if (!all) throw new RangeError(`Nothing is told of "${kind}"; there is ${KINDS.join(", ")}.`);
    return all;
  }
}
