// The inspector: one node's words and picture, as components/inspection.py tells them. All words are set as text.
(() => {
  "use strict";
  const eager = (window.eager = window.eager || {});

  class InspectorView {
    constructor(element) {
      this.element = eager.make("div", "eager-inspector", element);
      eager.make("p", "eager-hint", this.element).textContent =
        "Click a token in the tree, or in the text below, to see what else could have stood there and why it did or did not fork.";
      eager.palette.onThemeChange(() => this.told && this.show(this.told));
    }

    show(told) {
      if (told.gone) return this._gone();
      this.told = told;
      if (told.run === eager.store.run && told.id !== eager.store.selected) eager.store.select(told.id);
      const root = this.element;
      root.replaceChildren();
      root.dataset.node = String(told.id);
      if (told.context) eager.make("p", "eager-context", root).textContent = told.context;
      eager.make("p", "eager-chosen", root).textContent = told.token;
      // A word joiner keeps a space's mark and its word on one line.
      eager.make("p", "eager-why", root).textContent = told.why.replaceAll("\u2027", "\u2027\u2060");
      this._facts(told.facts);
      if (told.figure) this._figure(told.figure);
      if (told.note) eager.make("p", "eager-note", root).textContent = told.note;
    }

    // The settings changed, and the token that is shown is in the present tree no more.
    _gone() {
      if (this.element.querySelector(".eager-gone")) return;
      const note = document.createElement("p");
      note.className = "eager-gone";
      note.textContent = "This token is not in the present tree; it is shown as it stood in the last one.";
      this.element.prepend(note);
    }

    _facts(facts) {
      const list = eager.make("dl", "eager-facts", this.element);
      for (const [name, value] of facts) {
        eager.make("dt", "", list).textContent = name;
        eager.make("dd", "", list).textContent = value;
      }
    }

    _figure(figure) {
      const caption = eager.make("p", "eager-key", this.element);
      for (const [role, text] of [["before", "model"], ["after", "after temperature and top-p"], ["cut", "cut off"]]) {
        const entry = eager.make("span", "", caption);
        eager.make("i", `eager-key-${role}`, entry);
        entry.append(text);
      }
      const plot = eager.make("div", "eager-bars", this.element);
      Plotly.newPlot(plot, figure.data.map(dressed), layout(figure.layout), { displayModeBar: false, staticPlot: true, responsive: true });
    }
  }

  // Python says what each bar is (meta.roles); the theme says how that looks.
  function colors() {
    const css = (name) => eager.palette.css(name);
    return {
      before: css("--eager-bar-before"), after: css("--eager-bar-after"), cut: css("--eager-bar-cut"),
      strip0: css("--eager-strip"), strip1: css("--eager-strip-alt"), landed: css("--eager-accent"),
      rest: css("--eager-bar-cut"), dice: css("--eager-ink"),
    };
  }

  function dressed(trace) {
    const color = colors();
    const roles = trace.meta.roles.map((role) => color[role]);
    if (trace.type === "bar") return { ...trace, marker: { color: roles, line: { width: 0 } } };
    if (trace.fill) return { ...trace, fillcolor: roles[0], line: { ...trace.line, color: color.rest } };
    return { ...trace, line: { ...trace.line, color: roles[0] }, marker: { ...trace.marker, color: roles[0] } };
  }

  function layout(told) {
    const css = (name) => eager.palette.css(name);
    const ink = css("--eager-ink");
    const muted = css("--eager-muted");
    return {
      ...told, paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", font: { family: css("--eager-sans"), size: 11, color: muted },
      xaxis: { ...told.xaxis, gridcolor: css("--eager-grid"), zerolinecolor: css("--eager-line") },
      yaxis: { ...told.yaxis, tickfont: { family: css("--eager-mono"), size: 11, color: ink }, showgrid: false, zeroline: false },
      annotations: told.annotations.map((note) => ({ ...note, font: { size: 10, color: note.name === "cut" ? muted : ink } })),
    };
  }

  eager.mountInspector = (element, props, watch) => {
    const view = new InspectorView(element);
    watch("value", () => props.value && view.show(JSON.parse(props.value)));
  };
})();
