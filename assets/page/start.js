// Stands in the page's head as it is (components/frame/page_files.py), before any module has come: the global `eager`, which
// fetches the modules and keeps what Gradio wants of them until they are there. No module itself.

// `address`: the folder of the page's modules, relative to the page.
function start(address) {
  if (window.eager) return;
  const folder = new URL(address, document.baseURI).href;
  const ready = import(`${folder}/page.js`).then(({ page }) => (window.eager = Object.assign(page, { folder, ready, mount })));
  window.eager = { folder, ready, mount };

  // Gradio's `js_on_load`: mounts a part once the modules are there, and then tells it every value that has come before.
  function mount(name, element, props, trigger, watch) {
    let early = [];
    let tell = (value) => early.push(value);
    const hear = () => props.value && tell(props.value);
    watch("value", hear);
    hear();
    const values = (listener) => {
      tell = listener;
      for (const value of early) listener(value);
      early = [];
    };
    ready.then(({ learn, mounts }) => {
      learn(props.facts);
      mounts[name](element, { trigger, values });
    });
  }
}
