// Numbers what the page asks for the inspector, so that a late answer can be told from the newest one.
(() => {
  "use strict";
  const eager = (window.eager = window.eager || {});

  const requests = {
    newest: 0,
    run: 0, // the run that was on the page when the newest was made

    next() {
      requests.run = eager.store.run;
      return ++requests.newest;
    },

    // Whether something newer has been asked for, or begun, since this was told (components/telling.py): `of` is the run
    // that was on the page then, `request` the newest request that had been heard of.
    isLate(told) {
      return told.of < eager.store.run || (told.of <= requests.run && told.request < requests.newest);
    },
  };

  eager.requests = requests;
})();
