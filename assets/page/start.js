// Stands in the page's head as it is (components/frame/page_files.py), before any module has come: the global `eager`, which
// fetches the modules and keeps what Gradio wants of them until they are there. No module itself.

/**
 * @typedef {import("./page.js").Page} Page
 * @typedef {import("./frame/types.js").Props} Props
 * @typedef {import("./frame/types.js").Trigger} Trigger
 * @typedef {import("./frame/types.js").Values} Values
 * @typedef {import("./frame/types.js").Watch} Watch
 */

// `address`: the folder of the page's modules, relative to the page.
/** @param {string} address */
// biome-ignore lint/correctness/noUnusedVariables: page_files.py writes the call.
function start(address) {
  if (window.eager) return;
  const folder = new URL(address, document.baseURI).href;
  /** @type {Promise<Page>} */
  const ready = import(`${folder}/page.js`).then(({ page }) => (window.eager = Object.assign(page, { folder, ready, mount })));
  window.eager = { folder, ready, mount };

  // Gradio's `js_on_load`: mounts a part once the modules are there, and then tells it every value that has come before.
  /** @param {string} name @param {HTMLElement} element @param {Props} props @param {Trigger} trigger @param {Watch} watch */
  function mount(name, element, props, trigger, watch) {
    /** @type {string[]} */
    const early = [];
    /** @type {(value: string) => void} */
    let tell = (value) => {
      early.push(value);
    };
    const hear = () => props.value && tell(props.value);
    watch("value", hear);
    hear();
    /** @type {Values} */
    const values = (listener) => {
      tell = listener;
      for (const value of early.splice(0)) listener(value);
    };
    ready.then((page) => {
      page.learn(props.facts);
      page.mounts[name](element, { trigger, values });
    });
  }
}
