// Numbers what the page asks for, so that a late answer can be told from the newest one, and runs begin in the order in which
// they were asked for: what is sent together may come to the server in any order.
(() => {
  "use strict";
  const eager = (window.eager = window.eager || {});

  const requests = {
    newest: 0,
    runs: 0, // asked for
    run: 0, // the run that was on the page when the newest was made

    next() {
      requests.run = eager.store.run;
      return ++requests.newest;
    },

    // What a run is asked for, its last value made the number of the asking.
    numbered(asked) {
      return [...asked.slice(0, -1), ++requests.runs];
    },

    // Whether something newer has been asked for, or begun, since this was told (components/telling.py): `of` is the run
    // that was on the page then, `request` the newest request that had been heard of.
    isLate(told) {
      return told.of < eager.store.run || (told.of <= requests.run && told.request < requests.newest);
    },
  };

  eager.requests = requests;
})();
