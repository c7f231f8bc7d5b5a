// Numbers what the page asks for, so that a late answer can be told from the newest one, and runs begin in the order in which
// they were asked for: what is sent together may come to the server in any order.

export class Requests {
  /** @param {{ run: number }} store */
  constructor(store) {
    this._store = store;
    this.newest = 0;
    this.askings = 0; // for a run, or an experiment
    this.run = 0; // the run that was on the page when the newest was made
  }

  next() {
    this.run = this._store.run;
    return ++this.newest;
  }

  // The number of one more asking for a run.
  asking() {
    return ++this.askings;
  }

  // What a run is asked for, its last value made the number of the asking.
  /** @param {unknown[]} asked */
  numbered(asked) {
    return [...asked.slice(0, -1), this.asking()];
  }

  // What Stop carries: all that was asked for so far is meant, also what comes to the server after it.
  stopping() {
    return [this.askings];
  }

  // Whether something newer has been asked for, or begun, since this was told (components/visitors/answers.py): `of` is the run
  // that was on the page then, `request` the newest request that had been heard of.
  /** @param {{ of?: number, request?: number }} told */
  isLate(told) {
    if (told.of === undefined || told.request === undefined) return false; // a tree's own page answers at once
    return told.of < this._store.run || (told.of <= this.run && told.request < this.newest);
  }
}
