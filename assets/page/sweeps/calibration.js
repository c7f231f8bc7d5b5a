// What was calibrated: sentences, and the curve that theta was chosen on, the choice and its interval marked.

/** @import { Calibrated } from "../messages.js" */
import { say } from "../frame/announce.js";
import { make } from "../frame/make.js";
import { palette } from "../frame/palette.js";
import { CONFIG, axis, layoutOf } from "./dress.js";

export class CalibrationView {
  /** @param {HTMLElement} element */
  constructor(element) {
    /** @type {Calibrated | null} */
    this.told = null;
    this.frame = make("div", "eager-calibrated", element);
    this.frame.hidden = true;
    const head = make("div", "", this.frame);
    this.conditions = make("p", "eager-note", head);
    this.words = make("ul", "eager-calibrated-words", head);
    this.plot = make("div", "eager-sweep-plot", this.frame);
    this.plot.setAttribute("role", "img");
    palette.onThemeChange(() => this.told && this._draw(this.told));
  }

  /** @param {Calibrated} told */
  show(told) {
    this.told = told;
    this.frame.hidden = false;
    this.conditions.textContent = told.conditions;
    this.words.replaceChildren();
    for (const sentence of told.words) make("li", "", this.words).textContent = sentence;
    this.plot.setAttribute("aria-label", `The curve: ${told.goal} over theta. ${told.words[0]}`);
    this._draw(told);
    say(told.words[0]);
  }

  /** @param {Calibrated} told */
  _draw({ goal, wanted, curve, chosen }) {
    const { css } = palette;
    const [accent, ink, muted] = [css("--eager-accent"), css("--eager-ink"), css("--eager-muted")];
    /** @type {PlotlyTrace[]} */
    const traces = [
      {
        type: "scatter", mode: "lines+markers", name: goal, hoverinfo: "text", x: curve.map(([theta]) => theta), y: curve.map(([, value]) => value),
        text: curve.map(([theta, value, tokens]) => `θ ${theta}: ${goal} ${value.toPrecision(3)}, ${tokens.toFixed(0)} tokens a prompt`),
        line: { color: accent, width: 2 }, marker: { color: accent, size: 7 },
      },
    ];
    if (wanted !== null) {
      const ends = [curve[0][0], curve[curve.length - 1][0]];
      traces.push({ type: "scatter", mode: "lines", name: "wanted", hoverinfo: "skip", x: ends, y: [wanted, wanted], line: { color: muted, width: 1, dash: "dot" } });
    }
    if (chosen) {
      traces.push({
        type: "scatter", mode: "markers", name: `chosen: θ ${chosen.theta}, ${chosen.low} to ${chosen.high}`, hoverinfo: "skip", x: [chosen.theta], y: [chosen.value],
        marker: { symbol: "diamond-open", color: ink, size: 16, line: { width: 2.5, color: ink } },
      });
    }
    const shapes = chosen
      ? [{ type: "rect", xref: "x", yref: "paper", x0: chosen.low, x1: chosen.high, y0: 0, y1: 1, fillcolor: accent, opacity: 0.1, line: { width: 0 } }]
      : [];
    Plotly.react(this.plot, traces, { ...layoutOf(axis("θ", {}), axis(goal, { rangemode: "tozero" })), shapes }, CONFIG);
  }
}
