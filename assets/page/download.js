// A text that Python sends becomes a file of the reader's.
(() => {
  "use strict";
  const eager = (window.eager = window.eager || {});

  eager.mountDownload = (props, watch) => {
    watch("value", () => {
      if (!props.value) return;
      const { name, text } = JSON.parse(props.value);
      const link = document.createElement("a");
      link.href = URL.createObjectURL(new Blob([text], { type: "application/json" }));
      link.download = name;
      link.click();
      URL.revokeObjectURL(link.href);
    });
  };
})();
