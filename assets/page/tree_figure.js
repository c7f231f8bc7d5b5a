// From the store to the traces of the one Plotly figure. Pure: no DOM, no Plotly call.
//
// Column = token position, row = lane. Far: a heatmap, one cell a token. Near: a mark and its text for each token in
// view. The lines (forks, and lanes when near), the ends and the chosen path are drawn at both.
(() => {
  "use strict";
  const eager = (window.eager = window.eager || {});

  const MOST_NEAR_NODES = 150;
  const LEAST_NEAR_COLUMN_PX = 13;
  const LEAST_TEXT_COLUMN_PX = 20;
  const LEAST_SINGLE_LINE_COLUMN_PX = 46; // below it labels stand by turns above and below, and so have twice the room
  const LETTER_PX = 6.7; // of the 11 px monospace that the labels are set in
  const END_SYMBOLS = { eos: "square", length: "line-ns", stopped: "x-thin", pruned: "triangle-left" };

  // `view`: {x: [first, last], y: [last, first]} in columns and lanes, and {width, height} of the plot in px.
  function levelOf(store, view) {
    const columnPx = view.width / (view.x[1] - view.x[0]);
    if (columnPx < LEAST_NEAR_COLUMN_PX) return "far";
    return nodesInView(store, view, MOST_NEAR_NODES + 1).length > MOST_NEAR_NODES ? "far" : "near";
  }

  function nodesInView(store, view, limit = Infinity) {
    const ids = [];
    const [left, right] = [Math.ceil(view.x[0] - 0.5), Math.floor(view.x[1] + 0.5)];
    for (const sequence of store.sequences) {
      if (sequence.firstDepth === null || sequence.lane < view.y[1] - 0.5 || sequence.lane > view.y[0] + 0.5) continue;
      const first = Math.max(0, left - sequence.firstDepth);
      const last = Math.min(sequence.nodes.length - 1, right - sequence.firstDepth);
      for (let index = first; index <= last; index++) {
        ids.push(sequence.nodes[index]);
        if (ids.length >= limit) return ids;
      }
    }
    return ids;
  }

  function traces(store, view, look) {
    const near = levelOf(store, view) === "near";
    return [
      near ? { type: "heatmap", z: [[null]], visible: false, showscale: false } : cells(store, view, look),
      lines(store, near, look),
      chosenPath(store, look),
      near ? marks(store, view, look) : { type: "scatter", x: [], y: [], mode: "markers", visible: false },
      ends(store, near, look),
      ring(store, near, look),
    ];
  }

  function cells(store, view, look) {
    const z = [];
    for (let lane = 0; lane < store.numLanes; lane++) z.push(new Array(store.maxDepth + 1).fill(null));
    for (const sequence of store.sequences) {
      const row = z[sequence.lane];
      for (let index = 0; index < sequence.nodes.length; index++) {
        row[sequence.firstDepth + index] = store.entropy[sequence.nodes[index]];
      }
    }
    const lanePx = view.height / (view.y[0] - view.y[1]);
    return {
      type: "heatmap", z, x0: 0, dx: 1, y0: 0, dy: 1, zmin: 0, zmax: look.largestEntropy,
      colorscale: look.colorscale, showscale: false, hoverinfo: "skip",
      ygap: Math.max(lanePx - 22, lanePx * 0.3), xgap: view.width / (view.x[1] - view.x[0]) > 7 ? 1 : 0,
    };
  }

  // Elbows run between two columns, so they cross no cell whatever lanes lie between.
  function lines(store, near, look) {
    const x = [];
    const y = [];
    if (near) {
      for (const sequence of store.sequences) {
        if (sequence.nodes.length === 0) continue;
        x.push(sequence.firstDepth, store.depth[sequence.leaf], null);
        y.push(sequence.lane, sequence.lane, null);
      }
    }
    for (const fork of store.forks) elbow(store, fork, near, x, y);
    return line(x, y, look.line, near ? 1.5 : 1);
  }

  function elbow(store, fork, near, x, y) {
    const depth = store.depth[fork.node];
    const from = store.sequences[fork.sequence].lane;
    const to = store.sequences[fork.newSequence].lane;
    const reach = near ? 0.5 : 0;
    x.push(depth + 0.5 - reach, depth + 0.5, depth + 0.5, depth + 0.5 + reach, null);
    y.push(from, from, to, to, null);
  }

  function chosenPath(store, look) {
    const x = [];
    const y = [];
    if (store.selected !== null) {
      let lane = 0;
      for (const id of store.path(store.selected)) {
        const depth = store.depth[id];
        if (store.lane(id) !== lane) {
          x.push(depth - 0.5, depth - 0.5);
          y.push(lane, store.lane(id));
          lane = store.lane(id);
        }
        x.push(depth);
        y.push(lane);
      }
    }
    return line(x, y, look.accent, 2.5);
  }

  function line(x, y, color, width) {
    return { type: "scatter", mode: "lines", x, y, line: { color, width, shape: "linear" }, hoverinfo: "skip" };
  }

  function marks(store, view, look) {
    const ids = nodesInView(store, view);
    const columnPx = view.width / (view.x[1] - view.x[0]);
    const byTurns = columnPx < LEAST_SINGLE_LINE_COLUMN_PX;
    const letters = Math.floor(((byTurns ? 2 : 1) * columnPx) / LETTER_PX);
    return {
      type: "scatter", mode: columnPx >= LEAST_TEXT_COLUMN_PX ? "markers+text" : "markers",
      x: ids.map((id) => store.depth[id]), y: ids.map((id) => store.lane(id)), hoverinfo: "skip",
      text: ids.map((id) => (id === 0 ? "prompt" : plotlyText(clip(store.text[id], letters)))),
      textposition: ids.map((id) => (byTurns && store.depth[id] % 2 ? "bottom center" : "top center")), textfont: { family: look.mono, size: 11, color: look.ink },
      marker: {
        size: ids.map((id) => (id === 0 ? 11 : store.children[id].length > 1 ? 14 : 10)),
        symbol: ids.map((id) => (id === 0 ? "diamond" : store.rule[id] === "f" ? "circle-open" : "circle")),
        color: ids.map((id) => (id === 0 ? 0 : store.entropy[id])), cmin: 0, cmax: look.largestEntropy,
        colorscale: look.colorscale, line: { color: look.rim, width: ids.map((id) => (store.rule[id] === "f" ? 2 : 1)) },
        opacity: 1,
      },
      cliponaxis: true,
    };
  }

  function ends(store, near, look) {
    const finished = store.sequences.filter((sequence) => sequence.reason !== null && sequence.nodes.length > 0);
    return {
      type: "scatter", mode: "markers", hoverinfo: "skip",
      x: finished.map((sequence) => store.depth[sequence.leaf] + (near ? 0.4 : 0.9)),
      y: finished.map((sequence) => sequence.lane),
      marker: {
        symbol: finished.map((sequence) => END_SYMBOLS[sequence.reason]),
        size: finished.map((sequence) => (sequence.reason === "eos" ? 8 : 13)),
        color: look.muted, line: { color: look.muted, width: 1.5 },
      },
    };
  }

  function ring(store, near, look) {
    const chosen = store.selected === null ? [] : [store.selected];
    return {
      type: "scatter", mode: "markers", hoverinfo: "skip",
      x: chosen.map((id) => store.depth[id]), y: chosen.map((id) => store.lane(id)),
      marker: { symbol: near ? "circle-open" : "square-open", size: near ? 20 : 24, color: look.accent, line: { width: 2.5 } },
    };
  }

  function clip(label, letters) {
    return label.length <= letters ? label : label.slice(0, Math.max(1, letters - 1)) + "…";
  }

  // Plotly reads a few tags and entities in texts; a token must never be read so.
  function plotlyText(label) {
    return label.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  }

  eager.treeFigure = { levelOf, nodesInView, traces };
})();
