// Two pictures of the entropies, with theta on both: along the selected sequence, and of all tokens. Drawn only while in
// sight, and a few times a second at most.

/** @import { TreeStore } from "../tree/store.js" */
import { facts } from "../frame/facts.js";
import { make } from "../frame/make.js";
import { palette } from "../frame/palette.js";

const DRAW_EVERY_MS = 400;
const NUM_BINS = 24;
const HEIGHT_PX = 210;
const CONFIG = { displayModeBar: false, scrollZoom: false, doubleClick: false, responsive: true };

export class EntropyView {
  // `inspect(node)`: goes to a node.
  /** @param {HTMLElement} element @param {{ store: TreeStore, inspect: (node: number) => void }} wires */
  constructor(element, { store, inspect }) {
    this.store = store;
    this.inspect = inspect;
    /** @type {number[]} */
    this.nodes = []; // along the sequence that is drawn
    /** @type {number | null} */
    this._timer = null;
    /** @type {number | null} */
    this._drawnAt = null;
    this._listens = false;
    const frame = make("div", "eager-entropy", element);
    this.note = make("p", "eager-note", frame);
    this.along = this._panel(frame, "Along the selected sequence");
    this.all = this._panel(frame, "All tokens");
    this.inSight = false;
    new IntersectionObserver(([entry]) => {
      this.inSight = entry.isIntersecting;
      this._soon();
    }).observe(frame);
    store.subscribe("changed", () => this._soon());
    palette.onThemeChange(() => this._soon());
  }

  /** @param {HTMLElement} frame @param {string} title */
  _panel(frame, title) {
    const panel = make("section", "eager-entropy-panel", frame);
    const caption = make("p", "eager-caption", panel);
    caption.textContent = title;
    const plot = /** @type {HTMLDivElement & PlotlyElement} */ (make("div", "eager-entropy-plot", panel));
    plot.setAttribute("role", "img");
    plot.setAttribute("aria-label", `${title}: no run yet.`);
    return { caption, plot };
  }

  _soon() {
    if (this._timer || !this.inSight || this.store.run === 0) return;
    const wait = Math.max(0, DRAW_EVERY_MS - (performance.now() - (this._drawnAt ?? -DRAW_EVERY_MS)));
    this._timer = setTimeout(() => {
      this._timer = null;
      this._drawnAt = performance.now();
      this.draw(this.store.moment.store);
    }, wait);
  }

  /** @param {TreeStore} store */
  draw(store) {
    this.note.hidden = store.thetaOnScale;
    this.note.textContent = store.trigger
      ? `θ is compared with another measure here (${store.trigger}), so it is not drawn among these entropies.`
      : "The strategy of this run compares no entropy with θ.";
    this._drawAlong(store);
    this._drawAll(store);
  }

  /** @param {TreeStore} store */
  _drawAlong(store) {
    const sequence = store.sequences[store.selected === null ? 0 : store.sequenceOf[store.selected]];
    const nodes = store.path(sequence.leaf).slice(1);
      const { css } = palette;
    const entropies = nodes.map((node) => store.entropy[node]);
    const trace = {
      type: "scatter", mode: "lines+markers", hoverinfo: "text", connectgaps: false,
      x: nodes.map((node) => store.depth[node]), y: entropies, line: { color: css("--eager-line"), width: 1 },
      text: nodes.map((node) => `${plain(store.text[node])}  ${told(store.entropy[node])}`),
      marker: {
        size: nodes.map((node) => (node === store.selected ? 12 : isFork(store, node) ? 9 : 6)),
        symbol: nodes.map((node) => (isFork(store, node) ? "diamond" : "circle")),
        color: entropies.map((entropy) => `rgb(${palette.rgb(entropy ?? 0).join(",")})`),
        line: {
          color: nodes.map((node) => css(node === store.selected ? "--eager-accent" : "--eager-line")),
          width: nodes.map((node) => (node === store.selected ? 2.5 : 1)),
        },
      },
    };
    this.nodes = nodes;
    this.along.caption.textContent = `Along sequence ${sequence.id} (${store.selected === null ? "the trunk" : "of the selected token"}); diamonds are forks`;
    const title = "tokens after the prompt";
    Plotly.react(this.along.plot, [trace], layout(store, title, { y: [0, palette.largestEntropy * 1.04] }, "h"), CONFIG);
    if (!this._listens) this._listen();
    const above = entropies.filter((entropy) => entropy !== null && entropy >= (store.theta ?? 0)).length;
    this.along.plot.setAttribute("aria-label", `Entropies of sequence ${sequence.id}: ${above} of ${nodes.length} tokens at or above theta.`);
  }

  _listen() {
    this._listens = true;
    this.along.plot.on("plotly_click", (event) => this.inspect(this.nodes[event.points[0].pointIndex]));
  }

  /** @param {TreeStore} store */
  _drawAll(store) {
    const counts = new Array(NUM_BINS).fill(0);
    const width = palette.largestEntropy / NUM_BINS;
    let [measured, above] = [0, 0];
    const theta = store.theta ?? 0;
    for (let node = 1; node <= store.moment.newest; node++) {
      const entropy = store.entropy[node];
      if (entropy === null) continue;
      measured++;
      if (entropy >= theta) above++;
      counts[Math.min(NUM_BINS - 1, Math.floor(entropy / width))]++;
    }
    const centres = counts.map((_, bin) => (bin + 0.5) * width);
    const trace = {
      type: "bar", x: centres, y: counts, width: width * 0.9, hoverinfo: "text",
      text: counts.map((count, bin) => `${count} from ${(bin * width).toFixed(2)} to ${((bin + 1) * width).toFixed(2)}`), textposition: "none",
      marker: { color: centres.map((entropy) => `rgb(${palette.rgb(entropy).join(",")})`), line: { color: palette.css("--eager-line"), width: 0.5 } },
    };
    const share = measured ? `, ${((100 * above) / measured).toFixed(0)} % at or above θ` : "";
    const words = `All ${measured.toLocaleString("en")} measured tokens${store.thetaOnScale ? share : ""}`;
    this.all.caption.textContent = words;
    this.all.plot.setAttribute("aria-label", `Histogram of entropies: ${words}.`);
    Plotly.react(this.all.plot, [trace], layout(store, "entropy, nats", { x: [0, palette.largestEntropy] }, "v"), CONFIG);
  }
}

/** @param {TreeStore} store @param {number} node */
function isFork(store, node) {
  return facts.fork_rules.includes(store.rule[node]);
}

// `direction`: of theta's line.
/** @param {TreeStore} store @param {string} title @param {{ x?: [number, number], y?: [number, number] }} ranges @param {"h" | "v"} direction */
function layout(store, title, ranges, direction) {
  const { css } = palette;
  const axis = { zeroline: false, gridcolor: css("--eager-grid"), fixedrange: true, tickfont: { color: css("--eager-muted") } };
  const accent = css("--eager-accent");
  const across = direction === "h" ? { x0: 0, x1: 1, xref: "paper", y0: store.theta, y1: store.theta } : { y0: 0, y1: 1, yref: "paper", x0: store.theta, x1: store.theta };
  const at = direction === "h" ? { xref: "paper", x: 1, xanchor: "right", y: store.theta, yanchor: "bottom" } : { yref: "paper", y: 1, yanchor: "top", x: store.theta, xanchor: "left", xshift: 3 };
  return {
    height: HEIGHT_PX, margin: { l: 40, r: 12, t: 8, b: 40 }, showlegend: false, bargap: 0, hovermode: "closest",
    paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", font: { family: css("--eager-sans"), size: 11, color: css("--eager-muted") },
    hoverlabel: { bgcolor: css("--eager-ink"), font: { family: css("--eager-mono"), color: css("--eager-ground") } },
    xaxis: { ...axis, showgrid: false, title: { text: title, standoff: 6, font: { size: 11 } }, ...(ranges.x ? { range: ranges.x } : {}) },
    yaxis: { ...axis, nticks: 5, rangemode: "tozero", ...(ranges.y ? { range: ranges.y } : {}) },
    shapes: store.thetaOnScale ? [{ type: "line", ...across, line: { color: accent, width: 1.5, dash: "dash" } }] : [],
    annotations: store.thetaOnScale ? [{ ...at, text: `θ ${store.theta?.toFixed(2)}`, showarrow: false, font: { color: accent, size: 11 } }] : [],
  };
}

// Plotly reads a few tags and entities in hover texts; a token must never be read so.
/** @param {string} label */
function plain(label) {
  return label.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/** @param {number | null} entropy */
function told(entropy) {
  return entropy === null ? "not measured" : `${entropy.toFixed(2)} nats`;
}
