// Numbers what the page asks for, so that a late answer can be told from the newest one, and runs begin in the order in which
// they were asked for: what is sent together may come to the server in any order.

export class Requests {
  /** @param {{ run: number }} store */
  constructor(store) {
    this._store = store;
    this.newest = 0;
    this.runs = 0; // asked for
    this.run = 0; // the run that was on the page when the newest was made
  }

  next() {
    this.run = this._store.run;
    return ++this.newest;
  }

  // What a run is asked for, its last value made the number of the asking.
  /** @param {unknown[]} asked */
  numbered(asked) {
    return [...asked.slice(0, -1), ++this.runs];
  }

  // Whether something newer has been asked for, or begun, since this was told (components/visitors/answers.py): `of` is the run
  // that was on the page then, `request` the newest request that had been heard of.
  /** @param {{ of?: number, request?: number }} told */
  isLate(told) {
    if (told.of === undefined || told.request === undefined) return false; // a tree's own page answers at once
    return told.of < this._store.run || (told.of <= this.run && told.request < this.newest);
  }
}
