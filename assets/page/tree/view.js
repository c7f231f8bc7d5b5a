// The tree on the page: one Plotly figure drawn once a frame from the store, with the pointer and the keyboard.
// What stands beside it has files of its own: tools.js, legend.js, lanes.js, tip.js.

/** @import { Requests } from "../frame/requests.js" */
/** @import { Trigger } from "../frame/types.js" */
/** @import { TreeStore } from "./store.js" */
/** @import { Direction, Look, Point, Shows, Span, Standing } from "./types.js" */
import { make } from "../frame/make.js";
import { palette } from "../frame/palette.js";
import { TreeCamera } from "./camera.js";
import { TreeCells } from "./cells.js";
import { colorings } from "./coloring.js";
import { chosenPlace, levelOf, signature, traces } from "./figure.js";
import { TreeLanes } from "./lanes.js";
import { Legend } from "./legend.js";
import { CONFIG, MARGIN, layoutOf, readLook } from "./look.js";
import { spansOf } from "./spans.js";
import { TreeStatus } from "./status.js";
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
  /** @param {HTMLElement} element @param {{ store: TreeStore, requests: Requests, trigger: Trigger, name?: string }} wires */
  constructor(element, { store, requests, trigger, name = "Token tree" }) {
    this.store = store;
    this.requests = requests;
    this.camera = new TreeCamera();
    this.cells = new TreeCells();
    /** @type {Shows} */
    this.shows = { ghosts: true, words: false, coloring: colorings[0], folds: new Set(), beside: null };
    this._numTold = 0; // what was told of the tree beside this one
    this.trigger = trigger;
    this.held = false;
    /** @type {number[]} */
    this.frameTimes = [];
    /** @type {Promise<unknown> | null} */
    this.painted = null; // settles when Plotly has drawn what it was told last
    /** @type {Span[]} */
    this._spans = []; // what is to be seen now
    /** @type {string | null} what was drawn last, see `signature` */
    this._seen = null;
    this._drawing = 0;
    /** @type {Look | null} */
    this._lookRead = null;
    /** @type {Point | null} where a hand went down */
    this._pressed = null;
    this._listensToPlotly = false;
    /** @type {HTMLElement} */
    this.host = element.closest("#token-tree") || element;
    this.frame = make("div", "eager-tree", element);
    const bar = make("div", "eager-tree-bar", this.frame);
    this.legend = new Legend(make("div", "eager-legend", bar));
    this.tools = new TreeTools(bar, this);
    this.stage = make("div", "eager-stage", this.frame);
    this.stage.tabIndex = 0;
    this.stage.setAttribute("role", "application");
    this.stage.setAttribute("aria-label", `${name}. Arrow keys walk it, Enter inspects a token.`);
    this.plot = /** @type {HTMLDivElement & PlotlyElement} */ (make("div", "eager-plot", this.stage));
    this.lanes = new TreeLanes(this.stage, (sequence) => this.showSequence(sequence));
    this.empty = make("p", "eager-empty", this.stage);
    this.empty.textContent = "Press Run. Where the model is unsure of the next word, the sequence will fork here.";
    this.tip = new TreeTip(this.stage);
    this.words = new TreeStatus(this.frame);
    this.status = this.words.status;
    this._listen();
    this.store.subscribe("changed", () => this.draw());
    palette.onThemeChange(() => {
      this._lookRead = null;
      this.draw();
    });
    new ResizeObserver(() => this.draw()).observe(this.plot);
    this.draw();
    Object.assign(element, { tokenTree: contract(this) });
    Object.assign(this.host, { tokenTree: contract(this) });
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
  /** @param {number} [forMs] */
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

  /** @param {PointerEvent} event */
  _press(event) {
    if (/** @type {Element} */ (event.target).closest("button")) return;
    this._pressed = { x: event.clientX, y: event.clientY };
    this.stage.focus({ preventScroll: true });
    this._hold();
  }

  /** @param {PointerEvent} event */
  _letGo(event) {
    if (!this._pressed) return;
    const moved = Math.hypot(event.clientX - this._pressed.x, event.clientY - this._pressed.y);
    this._pressed = null;
    if (moved <= CLICK_SLACK_PX) this._click(event.clientX, event.clientY);
    this._hold(1); // Plotly's own end of the drag comes first
  }

  /** @param {number} clientX @param {number} clientY */
  _click(clientX, clientY) {
    const place = this.placeAt(clientX, clientY);
    if (place !== null) return this.inspectPlace(place);
    const cell = this._cellAt(clientX, clientY);
    const { places } = this.store;
    /** @param {number} folded */
    const isClicked = (folded) => cell !== null && places.lane(folded) === cell.lane && cell.depth > places.depth[folded] && cell.depth <= places.depth[folded] + STUB_COLUMNS;
    const stub = [...this.shows.folds].find(isClicked);
    if (stub !== undefined) this.fold(stub);
  }

  /** @param {PointerEvent} event */
  _hover(event) {
    const place = this.held ? null : this.placeAt(event.clientX, event.clientY);
    if (place === null) this.tip.hide();
    else this.tip.show(this.store, place, this.pixelOfPlace(place));
  }

  // A key, wherever the reader pressed it.
  /** @param {KeyboardEvent} event */
  press(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    /** @type {Record<string, () => void>} */
    const steps = {
      ArrowRight: () => this._walk("child"), ArrowLeft: () => this._walk("parent"),
      ArrowDown: () => this._walk("below"), ArrowUp: () => this._walk("above"),
      Enter: () => this.inspectPlace(this.chosen ?? 0),
    };
    const action = steps[event.key] ?? this.tools.actionOf(event.key);
    if (!action) return;
    event.preventDefault();
    event.stopPropagation();
    action();
  }

  // The place that is selected, or null.
  get chosen() {
    return chosenPlace(this.store);
  }

  /** @param {Direction} direction */
  _walk(direction) {
    const { places } = this.store;
    const place = neighbour(places, this._spans, this.chosen ?? 0, direction);
    if (place === null) return;
    this.camera.show(places.depth[place], places.lane(place));
    this._select(place);
    const ghost = places.node[place] === null ? ", not in the present tree" : "";
    this.words.live.textContent = place === 0 ? "the prompt" : `${places.text[place]}, entropy ${inNats(places.entropy[place])}${ghost}`;
  }

  /** @param {number} place */
  _select(place) {
    const node = this.store.places.node[place];
    if (node === null) this.store.selectGhost(place);
    else this.store.select(node);
  }

  /** @param {number} id */
  inspect(id) {
    if (id >= this.store.numNodes) return; // Python may know of it sooner
    this.store.select(id);
    this.trigger("node_click", { id, run: this.store.run, request: this.requests.next() });
  }

  /** @param {number} place */
  inspectPlace(place) {
    const { places } = this.store;
    if (places.node[place] !== null) return this.inspect(places.node[place]);
    this.store.selectGhost(place);
    this.trigger("ghost_click", { place, drawing: places.drawing, request: this.requests.next() });
  }

  /** @param {"fit" | "newest"} what */
  follow(what) {
    this.camera.follows = what;
    this.draw();
  }

  /** @param {number} factor */
  zoom(factor) {
    const { places } = this.store;
    const place = this.chosen;
    if (place === null) this.camera.zoom(factor);
    else this.camera.zoom(factor, places.depth[place], places.lane(place));
    this.draw();
  }

  // Show a sequence, or the one that the selected token was generated in.
  /** @param {number} [id] */
  showSequence(id = this.store.sequenceOf[this.store.selected ?? 0]) {
    this.camera.showSequence(this.store, this.store.sequences[id]);
    this.draw();
  }

  // Fold what follows a place (the selected one), or unfold it.
  /** @param {number} [place] */
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
  /** @param {Standing | null} told */
  standBeside(told) {
    this.shows.beside = told && { ...told, number: ++this._numTold };
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
      this.painted = Plotly.react(this.plot, traces(scene, cells), layoutOf(scene.look, this.camera, this.plot), CONFIG);
      if (!this._listensToPlotly) this._listenToPlotly();
    }
    this.lanes.draw(scene.store, scene.spans, this.camera.y, MARGIN.t, scene.view.height);
    this.legend.draw(scene.store, this.shows.coloring);
    this.empty.hidden = this.store.run > 0;
    this.words.draw(this.store);
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
      this.lanes.draw(this.store.moment.store, this._spans, this._axes.y.range, MARGIN.t, this._view().height);
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

  // Where a node is drawn, in the coordinates of pointer events.
  /** @param {number} id */
  pixelOf(id) {
    return this.pixelOfPlace(this.store.place[id]);
  }

  /** @param {number} place */
  pixelOfPlace(place) {
    const { x, y } = this._axes;
    const { places } = this.store;
    const box = this.plot.getBoundingClientRect();
    return { x: box.left + x._offset + x.l2p(places.depth[place]), y: box.top + y._offset + y.l2p(places.lane(place)) };
  }

  // The cell at a point, {depth, lane}, or null outside the axes.
  /** @param {number} clientX @param {number} clientY */
  _cellAt(clientX, clientY) {
    if (this.store.run === 0) return null;
    const { x, y } = this._axes;
    const box = this.plot.getBoundingClientRect();
    const [px, py] = [clientX - box.left - x._offset, clientY - box.top - y._offset];
    if (px < 0 || py < 0 || px > x._length || py > y._length) return null;
    return { depth: Math.round(x.p2l(px)), lane: Math.round(y.p2l(py)) };
  }

  // The place drawn at a point, or null: half a column and half a lane around it count.
  /** @param {number} clientX @param {number} clientY */
  placeAt(clientX, clientY) {
    const cell = this._cellAt(clientX, clientY);
    return cell && placeAt(this._spans, cell.depth, cell.lane);
  }
}

// The contract for tests (ours and others'): see tests/browser.
/** @param {TreeView} view */
function contract(view) {
  const { store } = view;
  return {
    get numNodes() { return store.run === 0 ? 0 : store.numNodes; },
    get numForks() { return store.numForks; },
    get running() { return store.running; },
    get run() { return store.run; },
    get level() { return levelOf(view._scene()); },
    get frameTimes() { return view.frameTimes; },
    pixelOf: (/** @type {number} */ id) => view.pixelOf(id),
    store,
    view,
  };
}
