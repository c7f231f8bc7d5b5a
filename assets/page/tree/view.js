// The tree on the page: one Plotly figure drawn once a frame from the store, with the pointer and the keyboard.
// What stands beside it has files of its own: tools.js, legend.js, lanes.js, tip.js.

import { facts } from "../frame/facts.js";
import { make } from "../frame/make.js";
import { palette } from "../frame/palette.js";
import { TreeCamera } from "./camera.js";
import { TreeCells } from "./cells.js";
import { colorings } from "./coloring.js";
import { chosenPlace, levelOf, signature, traces } from "./figure.js";
import { TreeLanes } from "./lanes.js";
import { Legend } from "./legend.js";
import { spansOf } from "./spans.js";
import { TreeTip, inNats } from "./tip.js";
import { TreeTools } from "./tools.js";
import { neighbour, placeAt } from "./walk.js";

const CLICK_SLACK_PX = 5;
const WHEEL_HOLD_MS = 160;
const STUB_COLUMNS = 3; // a stub can be clicked so far right of its token
const NUM_FRAME_TIMES = 600;

export class TreeView {
  // `trigger(event, asked)`: tells Python of an event of the component (components/tree/view.py). `name`: what it is to those
  // who hear the page.
  constructor(element, { store, requests, trigger, name = "Token tree" }) {
    this.name = name;
    this.store = store;
    this.requests = requests;
    this.camera = new TreeCamera();
    this.cells = new TreeCells();
    this.shows = { ghosts: true, words: false, coloring: colorings[0], folds: new Set(), beside: null };
    this.trigger = trigger;
    this.held = false;
    this.frameTimes = [];
    this.painted = null; // settles when Plotly has drawn what it was told last
    this._build(element);
    this._listen();
    this.store.subscribe("changed", () => this.draw());
    palette.onThemeChange(() => {
      this._lookRead = null;
      this.draw();
    });
    new ResizeObserver(() => this.draw()).observe(this.plot);
    this.draw();
    this.host.tokenTree = element.tokenTree = contract(this);
  }

  _build(element) {
    this.host = element.closest("#token-tree") || element;
    this.frame = make("div", "eager-tree", element);
    const bar = make("div", "eager-tree-bar", this.frame);
    this.legend = new Legend(make("div", "eager-legend", bar));
    this.tools = new TreeTools(bar, this);
    this.stage = make("div", "eager-stage", this.frame);
    this.stage.tabIndex = 0;
    this.stage.setAttribute("role", "application");
    this.stage.setAttribute("aria-label", `${this.name}. Arrow keys walk it, Enter inspects a token.`);
    this.plot = make("div", "eager-plot", this.stage);
    this.lanes = new TreeLanes(this.stage, (sequence) => this.showSequence(sequence));
    this.empty = make("p", "eager-empty", this.stage);
    this.empty.textContent = "Press Run. Where the model is unsure of the next word, the text will branch here.";
    this.tip = new TreeTip(this.stage);
    this.status = make("p", "eager-status", this.frame);
    make("p", "eager-marks", this.frame).textContent = facts.marks;
    this.live = make("p", "eager-sr-only", this.frame);
    this.live.setAttribute("aria-live", "polite");
  }

  _listen() {
    const stage = this.stage;
    stage.addEventListener("pointerdown", (event) => this._press(event), true);
    window.addEventListener("pointerup", (event) => this._letGo(event), true);
    window.addEventListener("pointercancel", () => this._unhold(), true);
    stage.addEventListener("wheel", () => this._hold(WHEEL_HOLD_MS), { capture: true, passive: true });
    stage.addEventListener("pointermove", (event) => this._hover(event));
    stage.addEventListener("pointerleave", () => this.tip.hide());
    stage.addEventListener("keydown", (event) => this.press(event));
  }

  // Updates wait while a hand is on the picture: a redraw in the middle of a drag would compound it.
  _hold(forMs) {
    this.held = true;
    clearTimeout(this._holdTimer);
    if (forMs) this._holdTimer = setTimeout(() => this._unhold(), forMs);
  }

  _unhold() {
    if (!this.held) return;
    this.held = false;
    this.draw();
  }

  _press(event) {
    if (event.target.closest("button")) return;
    this._pressed = { x: event.clientX, y: event.clientY };
    this.stage.focus({ preventScroll: true });
    this._hold();
  }

  _letGo(event) {
    if (!this._pressed) return;
    const moved = Math.hypot(event.clientX - this._pressed.x, event.clientY - this._pressed.y);
    this._pressed = null;
    if (moved <= CLICK_SLACK_PX) this._click(event.clientX, event.clientY);
    this._hold(1); // Plotly's own end of the drag comes first
  }

  _click(clientX, clientY) {
    const place = this.placeAt(clientX, clientY);
    if (place !== null) return this.inspectPlace(place);
    const cell = this._cellAt(clientX, clientY);
    const { places } = this.store;
    const isClicked = (folded) => places.lane(folded) === cell.lane && cell.depth > places.depth[folded] && cell.depth <= places.depth[folded] + STUB_COLUMNS;
    const stub = cell && [...this.shows.folds].find(isClicked);
    if (stub !== undefined && stub !== null) this.fold(stub);
  }

  _hover(event) {
    const place = this.held ? null : this.placeAt(event.clientX, event.clientY);
    if (place === null) this.tip.hide();
    else this.tip.show(this.store, place, this.pixelOfPlace(place));
  }

  // A key, wherever the reader pressed it.
  press(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const action = {
      ArrowRight: () => this._walk("child"), ArrowLeft: () => this._walk("parent"),
      ArrowDown: () => this._walk("below"), ArrowUp: () => this._walk("above"),
      Enter: () => this.inspectPlace(this.chosen ?? 0),
    }[event.key] ?? this.tools.actionOf(event.key);
    if (!action) return;
    event.preventDefault();
    event.stopPropagation();
    action();
  }

  // The place that is selected, or null.
  get chosen() {
    return chosenPlace(this.store);
  }

  _walk(direction) {
    const { places } = this.store;
    const place = neighbour(places, this._spans, this.chosen ?? 0, direction);
    if (place === null) return;
    this.camera.show(places.depth[place], places.lane(place));
    this._select(place);
    const ghost = places.node[place] === null ? ", not in the present tree" : "";
    this.live.textContent = place === 0 ? "the prompt" : `${places.text[place]}, entropy ${inNats(places.entropy[place])}${ghost}`;
  }

  _select(place) {
    const node = this.store.places.node[place];
    if (node === null) this.store.selectGhost(place);
    else this.store.select(node);
  }

  inspect(id) {
    if (id >= this.store.numNodes) return; // Python may know of it sooner
    this.store.select(id);
    this.trigger("node_click", { id, run: this.store.run, request: this.requests.next() });
  }

  inspectPlace(place) {
    const { places } = this.store;
    if (places.node[place] !== null) return this.inspect(places.node[place]);
    this.store.selectGhost(place);
    this.trigger("ghost_click", { place, drawing: places.drawing, request: this.requests.next() });
  }

  follow(what) {
    this.camera.follows = what;
    this.draw();
  }

  zoom(factor) {
    const { places } = this.store;
    const place = this.chosen;
    if (place === null) this.camera.zoom(factor);
    else this.camera.zoom(factor, places.depth[place], places.lane(place));
    this.draw();
  }

  // Show a sequence, or the one that the selected token was generated in.
  showSequence(id = this.store.sequenceOf[this.store.selected ?? 0]) {
    this.camera.showSequence(this.store, this.store.sequences[id]);
    this.draw();
  }

  // Fold what follows a place (the selected one), or unfold it.
  fold(place = this.chosen ?? 0) {
    const { folds } = this.shows;
    if (folds.has(place)) folds.delete(place);
    else if (this.store.places.children[place].length) folds.add(place);
    this.changed();
  }

  unfoldAll() {
    this.shows.folds.clear();
    this.changed();
  }

  // What is shown has changed, by a switch or a fold.
  changed() {
    this.tools.tell();
    this.draw();
    this.store.tell("look changed", {});
  }

  // Dim what the tree beside this one has too, and mark where they part; see beside.js.
  standBeside(beside) {
    this.shows.beside = beside && { ...beside, number: (this._numBeside = (this._numBeside ?? 0) + 1) };
    this.draw();
  }

  draw() {
    if (this.held || this.plot.offsetWidth === 0) return;
    const began = performance.now();
    const scene = this._scene();
    this.camera.update(this.store, scene.spans);
    scene.view = this._view();
    const isNear = levelOf(scene) === "near";
    const seen = signature(scene, isNear);
    if (seen !== this._seen) {
      this._seen = seen;
      const lanePx = scene.view.height / (scene.view.y[0] - scene.view.y[1]);
      const cells = isNear ? null : this.cells.paint(scene.store, scene.spans, this.store.numLanes, lanePx, scene.look, scene.beside);
      this.painted = Plotly.react(this.plot, traces(scene, cells), this._layout(scene.look), CONFIG);
      if (!this._listensToPlotly) this._listenToPlotly();
    }
    this.lanes.draw(scene.store, scene.spans, this.camera.y, MARGIN.t, scene.view.height);
    this.legend.draw(scene.store, this.shows.coloring);
    this._tell();
    this.frameTimes.push(performance.now() - began);
    if (this.frameTimes.length > NUM_FRAME_TIMES) this.frameTimes.shift();
  }

  // See figure.js; keeps the spans, by which the pointer and the keys find their way.
  _scene() {
    const { store } = this.store.moment;
    if (this._drawing !== store.places.drawing) {
      this._drawing = store.places.drawing;
      this.shows.folds.clear();
    }
    this._spans = spansOf(store, this.shows);
    const { words, folds, coloring, beside } = this.shows;
    return { store, spans: this._spans, view: this._view(), look: { ...this._look, coloring }, words, folds, beside };
  }

  _listenToPlotly() {
    this._listensToPlotly = true;
    this.plot.on("plotly_relayouting", () => {
      this.camera.release(this._axes.x, this._axes.y); // for whoever shares it: this picture is drawn again when the hand lets go
      this.lanes.draw(this.store, this._spans, this._axes.y.range, MARGIN.t, this._view().height);
    });
    this.plot.on("plotly_relayout", (change) => {
      if (!Object.keys(change).some((key) => key.includes("axis.range"))) return;
      this.camera.release(this._axes.x, this._axes.y);
      this.draw();
    });
  }

  get _axes() {
    const layout = this.plot._fullLayout;
    return { x: layout.xaxis, y: layout.yaxis };
  }

  _view() {
    return {
      x: this.camera.x, y: this.camera.y,
      width: this.plot.clientWidth - MARGIN.l - MARGIN.r, height: this.plot.clientHeight - MARGIN.t - MARGIN.b,
    };
  }

  // Read once a theme: reading a computed style makes the browser lay out all that changed since.
  get _look() {
    if (!this._lookRead) this._lookRead = readLook();
    return this._lookRead;
  }

  _layout(look) {
    return {
      margin: MARGIN, hovermode: false, dragmode: "pan", showlegend: false, paper_bgcolor: "rgba(0,0,0,0)",
      plot_bgcolor: "rgba(0,0,0,0)", font: { family: look.sans, size: 11, color: look.muted },
      width: this.plot.clientWidth, height: this.plot.clientHeight,
      xaxis: {
        range: this.camera.x.slice(), zeroline: false, gridcolor: look.grid, tickcolor: look.grid, ticks: "outside", ticklen: 4, nticks: 12,
        ticklabeloverflow: "allow", automargin: false, title: { text: "tokens after the prompt", standoff: 6, font: { size: 11 } },
      },
      yaxis: { range: this.camera.y.slice(), zeroline: false, showgrid: false, showticklabels: false, ticks: "", automargin: false, scaleanchor: false },
    };
  }

  _tell() {
    const { store } = this;
    this.empty.hidden = store.run > 0;
    if (store.run === 0) return;
    const active = store.sequences.filter((sequence) => sequence.reason === null).length;
    const what = `${counted(store.numNodes - 1, "token")}, ${counted(store.sequences.length, "sequence")}, ${counted(store.numForks, "fork")}`;
    const stopped = store.sequences.some((sequence) => sequence.reason === "stopped");
    const state = store.running ? `Growing (${active} active)` : stopped ? "Stopped" : "Done";
    const status = `${state}: ${what}.`;
    if (this.status.textContent !== status) this.status.textContent = status;
    const moment = `${store.run} ${store.running}`;
    if (moment === this._toldMoment) return;
    this._toldMoment = moment;
    this.live.textContent = store.running ? "The tree is growing." : status;
  }

  // Where a node is drawn, in the coordinates of pointer events.
  pixelOf(id) {
    return this.pixelOfPlace(this.store.place[id]);
  }

  pixelOfPlace(place) {
    const { x, y } = this._axes;
    const { places } = this.store;
    const box = this.plot.getBoundingClientRect();
    return { x: box.left + x._offset + x.l2p(places.depth[place]), y: box.top + y._offset + y.l2p(places.lane(place)) };
  }

  // The cell at a point, {depth, lane}, or null outside the axes.
  _cellAt(clientX, clientY) {
    if (this.store.run === 0) return null;
    const { x, y } = this._axes;
    const box = this.plot.getBoundingClientRect();
    const [px, py] = [clientX - box.left - x._offset, clientY - box.top - y._offset];
    if (px < 0 || py < 0 || px > x._length || py > y._length) return null;
    return { depth: Math.round(x.p2l(px)), lane: Math.round(y.p2l(py)) };
  }

  // The place drawn at a point, or null: half a column and half a lane around it count.
  placeAt(clientX, clientY) {
    const cell = this._cellAt(clientX, clientY);
    return cell && placeAt(this._spans, cell.depth, cell.lane);
  }
}

const MARGIN = { l: 30, r: 14, t: 8, b: 40 };
const CONFIG = { displayModeBar: false, scrollZoom: true, doubleClick: false, responsive: false, showTips: false };

function readLook() {
  const css = (name) => palette.css(name);
  return {
    ramp: palette.ramp, unknown: palette.unknown, ink: css("--eager-ink"), muted: css("--eager-muted"), line: css("--eager-line"),
    ghostLine: css("--eager-ghost-line"), ghostInk: css("--eager-ghost-ink"), accent: css("--eager-accent"), rim: css("--eager-rim"),
    grid: css("--eager-grid"), mono: css("--eager-mono"), sans: css("--eager-sans"),
  };
}

function counted(number, noun) {
  return `${number.toLocaleString("en")} ${noun}${number === 1 ? "" : "s"}`;
}

// The contract for tests (ours and others'): see tests/browser.
function contract(view) {
  const { store } = view;
  return {
    get numNodes() { return store.run === 0 ? 0 : store.numNodes; },
    get numForks() { return store.numForks; },
    get running() { return store.running; },
    get run() { return store.run; },
    get level() { return levelOf(view._scene()); },
    get frameTimes() { return view.frameTimes; },
    pixelOf: (id) => view.pixelOf(id),
    store,
    view,
  };
}
