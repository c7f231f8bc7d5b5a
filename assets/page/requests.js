// Numbers what the page asks for, so that a late answer can be told from the newest one, and runs begin in the order in which
// they were asked for: what is sent together may come to the server in any order.
(() => {
  "use strict";
  const eager = (window.eager = window.eager || {});

  const requests = {
    newest: 0,
    askings: 0, // for a run, or an experiment
    run: 0, // the run that was on the page when the newest was made

    next() {
      requests.run = eager.store.run;
      return ++requests.newest;
    },

    // The number of one more asking for a run.
    asking() {
      return ++requests.askings;
    },

    // What a run is asked for, its last value made the number of the asking.
    numbered(asked) {
      return [...asked.slice(0, -1), requests.asking()];
    },

    // What Stop carries: all that was asked for so far is meant, also what comes to the server after it.
    stopping() {
      return [requests.askings];
    },

    // Whether something newer has been asked for, or begun, since this was told (components/telling.py): `of` is the run
    // that was on the page then, `request` the newest request that had been heard of.
    isLate(told) {
      return told.of < eager.store.run || (told.of <= requests.run && told.request < requests.newest);
    },
  };

  eager.requests = requests;
})();
