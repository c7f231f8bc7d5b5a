// The tree as it is in view, as an SVG or PNG file: Plotly's own drawing, under a head with the prompt, what the run was,
// and the colour bar with theta. Made in the page; all words are set as text nodes.
(() => {
  "use strict";
  const eager = (window.eager = window.eager || {});
  const SVG = "http://www.w3.org/2000/svg";
  const HEAD_PX = 84;
  const PADDING_PX = 16;
  const BAR = { width: 240, height: 9, top: 38 };
  const PNG_SCALE = 2;
  const LONGEST_PROMPT = 110;
  // What XML can't hold at all.
  const FORBIDDEN = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu;

  async function svgOfTree() {
    const view = eager.tree();
    const [width, height] = [view.plot.clientWidth, view.plot.clientHeight];
    const url = await Plotly.toImage(view.plot, { format: "svg", width, height });
    const drawn = new DOMParser().parseFromString(decodeURIComponent(url.slice(url.indexOf(",") + 1)), "image/svg+xml").documentElement;
    const css = (name) => eager.palette.css(name);
    const whole = make(null, "svg", { width, height: height + HEAD_PX, viewBox: `0 0 ${width} ${height + HEAD_PX}`, "font-family": css("--eager-sans") });
    make(whole, "rect", { width, height: height + HEAD_PX, fill: css("--eager-panel") });
    const prompt = view.store.prompt || "";
    const clipped = prompt.length > LONGEST_PROMPT ? `${prompt.slice(0, LONGEST_PROMPT)}…` : prompt;
    text(whole, clipped, { x: PADDING_PX, y: 24, "font-size": 15, "font-weight": 600, fill: css("--eager-ink") });
    text(whole, view.status.textContent, { x: width - PADDING_PX, y: 24, "font-size": 12, "text-anchor": "end", fill: css("--eager-muted") });
    legend(whole, view.store, css);
    drawn.setAttribute("y", HEAD_PX);
    whole.append(document.adoptNode(drawn));
    return { text: new XMLSerializer().serializeToString(whole), width, height: height + HEAD_PX };
  }

  function legend(parent, store, css) {
    const id = "eager-ramp";
    const gradient = make(make(parent, "defs"), "linearGradient", { id });
    const ramp = eager.palette.ramp;
    ramp.forEach((color, index) => make(gradient, "stop", { offset: index / (ramp.length - 1), "stop-color": color }));
    const left = PADDING_PX + 84;
    const at = (entropy) => left + BAR.width * Math.min(entropy / eager.palette.largestEntropy, 1);
    const small = { "font-size": 11, fill: css("--eager-muted") };
    text(parent, "entropy, nats", { x: PADDING_PX, y: BAR.top + 17, ...small });
    make(parent, "rect", { x: left, y: BAR.top + 9, width: BAR.width, height: BAR.height, fill: `url(#${id})`, stroke: css("--eager-rule") });
    for (const [value, name] of [[0, "0"], [1, "1"], [2, "2"], [eager.palette.largestEntropy, "ln 20"]]) {
      text(parent, name, { x: at(value), y: BAR.top + 31, "text-anchor": "middle", ...small });
    }
    if (!store.thetaOnScale) return;
    make(parent, "rect", { x: at(store.theta) - 1, y: BAR.top + 6, width: 2, height: 15, fill: css("--eager-accent") });
    text(parent, `θ ${store.theta.toFixed(2)}`, { x: at(store.theta), y: BAR.top + 3, "font-size": 11, "font-weight": 600, "text-anchor": "middle", fill: css("--eager-accent") });
  }

  function make(parent, tag, attributes = {}) {
    const element = document.createElementNS(SVG, tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    return parent ? parent.appendChild(element) : element;
  }

  function text(parent, content, attributes) {
    make(parent, "text", attributes).textContent = content.replace(FORBIDDEN, "\ufffd");
  }

  async function rasterised({ text: source, width, height }) {
    const image = new Image();
    image.src = URL.createObjectURL(new Blob([source], { type: "image/svg+xml" }));
    await image.decode();
    const canvas = document.createElement("canvas");
    canvas.width = width * PNG_SCALE;
    canvas.height = height * PNG_SCALE;
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    URL.revokeObjectURL(image.src);
    return new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
  }

  // `format`: "svg" or "png".
  eager.savePicture = async (format) => {
    if (eager.store.run === 0) return eager.say("There is no tree to save yet; run one first.");
    const svg = await svgOfTree();
    eager.saveFile(`eager-tree.${format}`, format === "svg" ? svg.text : await rasterised(svg));
  };
})();
