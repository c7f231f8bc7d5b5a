// The tree on the page: one Plotly figure drawn once a frame from the store, with its legend, its buttons, its tooltip,
// the pointer and the keyboard. `eager.mountTree` is called by the component (components/tree_view.py) once.
(() => {
  "use strict";
  const eager = (window.eager = window.eager || {});
  const CLICK_SLACK_PX = 5;
  const WHEEL_HOLD_MS = 160;
  const RULES = {
    1: "fork, most probable", 2: "fork, second most probable", 3: "fork, a later token", d: "drawn",
    g: "most probable (greedy)", f: "over theta, but no sequence was left", s: "over theta, but no branches were left",
    e: "drawn, ends the sequence", t: "over theta, but the thinking had ended", u: "drawn, not monitored", h: "put here by hand", "": "",
  };

  class TreeView {
    constructor(element, trigger) {
      this.store = eager.store;
      this.camera = new eager.TreeCamera();
      this.trigger = trigger;
      this.held = false;
      this.frameTimes = [];
      this._build(element);
      this._listen();
      this.store.subscribe(() => this.draw());
      eager.palette.onThemeChange(() => {
        this._lookRead = null;
        this.draw();
      });
      new ResizeObserver(() => this.draw()).observe(this.plot);
      this.draw();
    }

    _build(element) {
      this.host = element.closest("#token-tree") || element;
      this.frame = make("div", "eager-tree", element);
      const bar = make("div", "eager-tree-bar", this.frame);
      this.legend = new eager.Legend(make("div", "eager-legend", bar));
      const buttons = make("div", "eager-tools", bar);
      this._button(buttons, "Fit", "Show the whole tree (f)", () => this.follow("fit"));
      this._button(buttons, "Newest", "Follow the newest tokens (n)", () => this.follow("newest"));
      this._button(buttons, "−", "Zoom out (-)", () => this.zoom(1.6));
      this._button(buttons, "+", "Zoom in (+)", () => this.zoom(1 / 1.6));
      this.stage = make("div", "eager-stage", this.frame);
      this.stage.tabIndex = 0;
      this.stage.setAttribute("role", "application");
      this.stage.setAttribute("aria-label", "Token tree. Arrow keys walk it, Enter inspects a token.");
      this.plot = make("div", "eager-plot", this.stage);
      this.empty = make("p", "eager-empty", this.stage);
      this.empty.textContent = "Press Run. Where the model is unsure of the next word, the text will branch here.";
      this.tip = make("div", "eager-tip", this.stage);
      this.tip.hidden = true;
      this.status = make("p", "eager-status", this.frame);
      this.live = make("p", "eager-sr-only", this.frame);
      this.live.setAttribute("aria-live", "polite");
    }

    _button(parent, text, title, action) {
      const button = make("button", "eager-tool", parent);
      button.type = "button";
      button.textContent = text;
      button.title = title;
      button.setAttribute("aria-label", title);
      button.addEventListener("click", action);
    }

    _listen() {
      const stage = this.stage;
      stage.addEventListener("pointerdown", (event) => this._press(event), true);
      window.addEventListener("pointerup", (event) => this._letGo(event), true);
      window.addEventListener("pointercancel", () => this._unhold(), true);
      stage.addEventListener("wheel", () => this._hold(WHEEL_HOLD_MS), { capture: true, passive: true });
      stage.addEventListener("pointermove", (event) => this._hover(event));
      stage.addEventListener("pointerleave", () => (this.tip.hidden = true));
      stage.addEventListener("keydown", (event) => this._key(event));
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
      this._pressed = { x: event.clientX, y: event.clientY };
      this.stage.focus({ preventScroll: true });
      this._hold();
    }

    _letGo(event) {
      if (!this._pressed) return;
      const moved = Math.hypot(event.clientX - this._pressed.x, event.clientY - this._pressed.y);
      this._pressed = null;
      if (moved <= CLICK_SLACK_PX) {
        const id = this.nodeAt(event.clientX, event.clientY);
        if (id !== null) this.inspect(id);
      }
      this._hold(1); // Plotly's own end of the drag comes first
    }

    _hover(event) {
      const id = this.held ? null : this.nodeAt(event.clientX, event.clientY);
      this.tip.hidden = id === null;
      if (id !== null) this._fillTip(id);
    }

    _fillTip(id) {
      const { store, tip } = this;
      const at = this.pixelOf(id);
      const stage = this.stage.getBoundingClientRect();
      tip.replaceChildren();
      make("strong", "", tip).textContent = id === 0 ? "the prompt" : store.text[id];
      if (id > 0) {
        const chance = Math.exp(store.logprob[id]);
        make("span", "", tip).textContent = `probability ${percent(chance)}, rank ${store.rank[id]}`;
        make("span", "", tip).textContent = `entropy ${inNats(store.entropy[id])}`;
        make("span", "eager-tip-rule", tip).textContent = RULES[store.rule[id]];
      }
      const left = Math.min(at.x - stage.left + 14, stage.width - tip.offsetWidth - 4);
      const below = at.y - stage.top + 16;
      const top = below + tip.offsetHeight > stage.height ? at.y - stage.top - tip.offsetHeight - 16 : below;
      tip.style.transform = `translate(${Math.max(4, left)}px, ${top}px)`;
    }

    _key(event) {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const action = {
        ArrowRight: () => this._walk("child"), ArrowLeft: () => this._walk("parent"),
        ArrowDown: () => this._walk("below"), ArrowUp: () => this._walk("above"),
        Enter: () => this.inspect(this.store.selected ?? 0),
        f: () => this.follow("fit"), n: () => this.follow("newest"), "+": () => this.zoom(1 / 1.6), "-": () => this.zoom(1.6),
      }[event.key];
      if (!action) return;
      event.preventDefault();
      action();
    }

    _walk(direction) {
      const id = eager.neighbour(this.store, this.store.selected ?? 0, direction);
      if (id === null) return;
      this.camera.show(this.store.depth[id], this.store.lane(id));
      this.store.select(id);
      this.live.textContent = id === 0 ? "the prompt" : `${this.store.text[id]}, entropy ${inNats(this.store.entropy[id])}`;
    }

    inspect(id) {
      this.store.select(id);
      this.trigger("node_click", { id, run: this.store.run });
    }

    follow(what) {
      this.camera.follows = what;
      this.draw();
    }

    zoom(factor) {
      this.camera.zoom(factor, this.store);
      this.draw();
    }

    draw() {
      if (this.held || this.plot.offsetWidth === 0) return;
      const began = performance.now();
      this.camera.update(this.store);
      const look = this._look;
      Plotly.react(this.plot, eager.treeFigure.traces(eager.shown(this.store), this._view(), look), this._layout(look), CONFIG);
      if (!this._listensToPlotly) this._listenToPlotly();
      this.legend.draw(this.store);
      this._tell();
      this.frameTimes.push(performance.now() - began);
      if (this.frameTimes.length > 600) this.frameTimes.shift();
    }

    _listenToPlotly() {
      this._listensToPlotly = true;
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
      if (!this._lookRead) this._lookRead = this._readLook();
      return this._lookRead;
    }

    _readLook() {
      const css = (name) => eager.palette.css(name);
      return {
        colorscale: eager.palette.colorscale, largestEntropy: eager.palette.largestEntropy, ink: css("--eager-ink"),
        muted: css("--eager-muted"), line: css("--eager-line"), accent: css("--eager-accent"), rim: css("--eager-rim"),
        grid: css("--eager-grid"), mono: css("--eager-mono"), sans: css("--eager-sans"),
      };
    }

    _layout(look) {
      const begun = this.store.sequences.filter((sequence) => sequence.nodes.length > 0);
      return {
        margin: MARGIN, hovermode: false, dragmode: "pan", showlegend: false, paper_bgcolor: "rgba(0,0,0,0)",
        plot_bgcolor: "rgba(0,0,0,0)", font: { family: look.sans, size: 11, color: look.muted },
        width: this.plot.clientWidth, height: this.plot.clientHeight,
        xaxis: {
          range: this.camera.x.slice(), zeroline: false, gridcolor: look.grid, tickcolor: look.grid, ticks: "outside",
          ticklen: 4, nticks: 12, title: { text: "tokens after the prompt", standoff: 6, font: { size: 11 } },
        },
        yaxis: {
          range: this.camera.y.slice(), zeroline: false, showgrid: false, ticks: "", tickvals: begun.map((sequence) => sequence.lane),
          ticktext: begun.map((sequence) => String(sequence.id)),
        },
      };
    }

    _tell() {
      const { store } = this;
      this.empty.hidden = store.run > 0;
      document.body.dataset.eagerRunning = String(store.running);
      if (store.run === 0) return;
      const active = store.sequences.filter((sequence) => sequence.reason === null).length;
      const what = `${counted(store.numNodes - 1, "token")}, ${counted(store.sequences.length, "sequence")}, ${counted(store.numForks, "fork")}`;
      const stopped = store.sequences.some((sequence) => sequence.reason === "stopped");
      const state = store.running ? `Growing (${active} active)` : stopped ? "Stopped" : "Done";
      this.status.textContent = `${state}: ${what}.`;
      const moment = `${store.run} ${store.running}`;
      if (moment === this._toldMoment) return;
      this._toldMoment = moment;
      this.live.textContent = store.running ? "The tree is growing." : this.status.textContent;
    }

    // Where a node is drawn, in the coordinates of pointer events.
    pixelOf(id) {
      const { x, y } = this._axes;
      const box = this.plot.getBoundingClientRect();
      return { x: box.left + x._offset + x.l2p(this.store.depth[id]), y: box.top + y._offset + y.l2p(this.store.lane(id)) };
    }

    // The node drawn at a point, or null: half a column and half a lane around it count.
    nodeAt(clientX, clientY) {
      if (this.store.run === 0) return null;
      const { x, y } = this._axes;
      const box = this.plot.getBoundingClientRect();
      const [px, py] = [clientX - box.left - x._offset, clientY - box.top - y._offset];
      if (px < 0 || py < 0 || px > x._length || py > y._length) return null;
      return eager.shown(this.store).at(Math.round(x.p2l(px)), Math.round(y.p2l(py)));
    }
  }

  const MARGIN = { l: 30, r: 14, t: 8, b: 40 };
  const CONFIG = { displayModeBar: false, scrollZoom: true, doubleClick: false, responsive: false, showTips: false };

  function make(tag, className, parent) {
    const element = document.createElement(tag);
    if (className) element.className = className;
    return parent.appendChild(element);
  }

  function percent(share) {
    return share >= 0.1 ? `${(100 * share).toFixed(0)} %` : `${(100 * share).toPrecision(2)} %`;
  }

  function inNats(entropy) {
    return entropy === null ? "not measured" : `${entropy.toFixed(2)} nats`;
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
      get level() { return eager.treeFigure.levelOf(store, view._view()); },
      get frameTimes() { return view.frameTimes; },
      pixelOf: (id) => view.pixelOf(id),
      store,
      view,
    };
  }

  eager.mountTree = (element, props, trigger, watch) => {
    eager.palette.ramps = props.ramps;
    const view = new TreeView(element, trigger);
    view.host.tokenTree = element.tokenTree = contract(view);
    eager.store.onGap = (numKnown) => trigger("catch_up", { known: numKnown });
    watch("value", () => props.value && eager.store.apply(JSON.parse(props.value)));
  };
  eager.make = make;
})();
