// What is to be saved becomes a file of the reader's.
(() => {
  "use strict";
  const eager = (window.eager = window.eager || {});
  const TYPES = { json: "application/json", graphml: "application/graphml+xml", html: "text/html", svg: "image/svg+xml", png: "image/png" };

  // `content`: text, or a Blob.
  eager.saveFile = (name, content) => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([content], { type: TYPES[name.split(".").pop()] }));
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
    eager.say(`Saved ${name}.`);
  };

  eager.mountDownload = (props, watch) => {
    let saved = null;
    watch("value", () => {
      if (!props.value) return;
      const { number, name, text } = JSON.parse(props.value);
      if (number === saved) return; // the same value may be told twice; a second press has a number of its own
      saved = number;
      eager.saveFile(name, text);
    });
  };
})();
