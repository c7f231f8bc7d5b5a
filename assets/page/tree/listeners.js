// Who wants to hear of what happens to a tree. Every kind is told with an object of what it says:
//
//   changed        {}              what the store holds, or what is shown of it: once a frame at most
//   run began      {run}
//   run ended      {run}           by itself, stopped, or because nobody knows it any more
//   node chosen    {node}          null: none is chosen any more
//   ghost chosen   {place}
//   moment moved   {until}         the newest node that is shown, Infinity: all
//   look changed   {}              a switch, the colouring or a fold of its picture
//   slider moved   {name, value}   any control, by its name in the address (frame/link.js)
//
// All but `changed` are told at once, when the store is as they say.

const KINDS = ["changed", "run began", "run ended", "node chosen", "ghost chosen", "moment moved", "look changed", "slider moved"];

export class Listeners {
  constructor() {
    this._of = new Map(KINDS.map((kind) => [kind, new Set()]));
  }

  // Returns a function that ends it.
  subscribe(kind, listener) {
    const heard = { listener }; // one of its own, so that a function may listen twice
    const all = this._listeners(kind);
    all.add(heard);
    return () => all.delete(heard);
  }

  // One that fails keeps no other from hearing.
  tell(kind, what) {
    for (const { listener } of [...this._listeners(kind)]) {
      try {
        listener(what);
      } catch (error) {
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }

  _listeners(kind) {
    const all = this._of.get(kind);
    if (!all) throw new RangeError(`Nothing is told of "${kind}"; there is ${KINDS.join(", ")}.`);
    return all;
  }
}
