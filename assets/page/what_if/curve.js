// A small curve under a slider: what the places of this slider give, its x axis the slider's own track.

/** @import { Slider } from "./sliders.js" */
/** @import { KnownPlace, Quantity, Shape, ToldCurve } from "./types.js" */
import { make } from "../frame/make.js";
import { palette } from "../frame/palette.js";
import { isKnown, outcomeWords, QUANTITIES, valueWords } from "./quantities.js";
import { knownAround, nearest, shapeOf } from "./shape.js";

const HEIGHT_PX = 56;
const BESIDE_PX = 6; // on both sides, so that no dot is cut in half
const FOOT_PX = 7; // under the curve: the marks of open places
const REACH_PX = 12; // how far from a place a click still means it
/** @type {ToldCurve} */
const NO_PLACES = { places: [], steps: [] };

export class Curve {
  /** @param {Slider} slider */
  constructor(slider) {
    this.slider = slider;
    this.told = NO_PLACES;
    /** @type {[number, number] | null} */
    this.same = null;
    this._quantity = QUANTITIES.tokens;
    /** @type {Shape | null} */
    this.shape = null;
    this.width = 0;
    this.host = make("div", "eager-curve", slider.block);
    this.host.hidden = true;
    this.field = make("div", "eager-curve-field", this.host);
    this.field.setAttribute("role", "img");
    this.plot = make("div", "eager-curve-plot", this.field);
    this.now = make("div", "eager-curve-now", this.field);
    this.ring = make("div", "eager-curve-ring", this.field);
    this.words = make("p", "eager-curve-words", this.host);
    this.tip = make("div", "eager-tip eager-curve-tip", this.host);
    this.tip.hidden = true;
    this.field.addEventListener("pointermove", (event) => this._explain(event));
    this.field.addEventListener("pointerleave", () => (this.tip.hidden = true));
    this.field.addEventListener("click", (event) => this._go(event));
    palette.onThemeChange(() => this.draw());
  }

  // `told`: {places, steps} as Python tells them; `same`: the values at which the present tree stays as it is, or null.
  /** @param {ToldCurve} told @param {[number, number] | null} same */
  show(told, same) {
    this.told = told;
    this.same = same;
    this.host.hidden = false;
    this.draw();
  }

  clear() {
    this.told = NO_PLACES;
    this.same = null;
    this.host.hidden = true;
  }

  // What is drawn may be that of earlier settings.
  /** @param {boolean} isStale */
  set isStale(isStale) {
    this.host.classList.toggle("eager-stale", isStale);
  }

  /** @param {Quantity} quantity */
  set quantity(quantity) {
    this._quantity = quantity;
    this.draw();
  }

  draw() {
    if (this.host.hidden) return;
    const { slider } = this;
    const { left, width } = slider.track;
    this.width = width;
    this.field.style.marginLeft = `${left}px`;
    this.field.style.width = `${width}px`;
    this.shape = shapeOf(this.told, this._quantity, slider.lowest, slider.highest);
    Plotly.react(this.plot, traces(this.shape), layout(this.shape, slider, width + 2 * BESIDE_PX), { staticPlot: true, displayModeBar: false });
    this.mark();
  }

  // Mark the slider's present value.
  mark() {
    if (this.host.hidden || !this.shape) return;
    const { value } = this.slider;
    const x = this.slider.share(value) * this.width;
    this.now.style.transform = `translateX(${x}px)`;
    const place = this.told.places.find(([at]) => at === value);
    const here = place !== undefined && isKnown(place) ? place : null;
    this.ring.hidden = !here;
    this.words.textContent = here ? this._quantity.words(this._quantity.of(here)) : "";
    if (here) {
      const { least, most } = this.shape;
      const share = (this._quantity.of(here) - least) / (most - least);
      this.ring.style.transform = `translate(${x}px, ${(1 - share) * (HEIGHT_PX - FOOT_PX)}px)`;
    }
    this.field.setAttribute("aria-label", this._summary(value, here));
  }

  /** @param {number} value @param {KnownPlace | null} place */
  _summary(value, place) {
    const { words } = this.slider;
    const here = `At ${words} ${valueWords(value)}: ${place ? outcomeWords(place) : "not known yet"}`;
    const same = this.same && place ? `; the same tree from ${valueWords(this.same[0])} to ${valueWords(this.same[1])}` : "";
    const known = place ? knownAround(this.told.places, value) : [];
    const reach = known.length > 1 ? `; known from ${valueWords(known[0])} to ${valueWords(known[known.length - 1])}` : "";
    return `${here}${same}${reach}.`;
  }

  /** @param {MouseEvent} event */
  _at(event) {
    if (!this.told.places.length) return null;
    const { lowest, highest } = this.slider;
    const x = event.clientX - this.field.getBoundingClientRect().left;
    const found = nearest(this.told, lowest + (x / this.width) * (highest - lowest));
    const at = this.slider.share(found.place[0]) * this.width;
    return Math.abs(at - x) <= REACH_PX ? { ...found, x: at } : null;
  }

  /** @param {MouseEvent} event */
  _explain(event) {
    const found = this._at(event);
    this.tip.hidden = !found;
    this.field.style.cursor = found ? "pointer" : "default";
    if (!found) return;
    const { place, step } = found;
    this.tip.replaceChildren();
    make("strong", "", this.tip).textContent = `${this.slider.words} ${valueWords(place[0])}`;
    make("span", "", this.tip).textContent = isKnown(place) ? `${outcomeWords(place)}, ${Math.round(100 * place[4])} % saved` : "not explored yet";
    if (step) make("span", "eager-tip-rule", this.tip).textContent = step[3];
  }

  /** @param {MouseEvent} event */
  _go(event) {
    const found = this._at(event);
    if (found && found.place[0] !== this.slider.value) this.slider.move(found.place[0]);
  }
}

/** @param {Shape} shape */
function traces({ known, open, line, least, most }) {
  const foot = least - ((most - least) * FOOT_PX) / 2 / (HEIGHT_PX - FOOT_PX);
  return [
    { x: line.x, y: line.y, mode: "lines", line: { color: palette.css("--eager-line"), width: 1 } },
    { x: known.map(({ x }) => x), y: known.map(({ y }) => y), mode: "markers", marker: { color: palette.css("--eager-accent"), size: 4 } },
    { x: open, y: open.map(() => foot), mode: "markers", marker: { color: "rgba(0,0,0,0)", size: 4, line: { color: palette.css("--eager-line"), width: 1 } } },
  ].map((trace) => ({ ...trace, type: "scatter", hoverinfo: "skip", cliponaxis: false }));
}

/** @param {Shape} shape @param {Slider} slider @param {number} width */
function layout({ least, most }, slider, width) {
  const foot = ((most - least) * FOOT_PX) / (HEIGHT_PX - FOOT_PX);
  const axis = { visible: false, fixedrange: true };
  return {
    width, height: HEIGHT_PX, margin: { l: BESIDE_PX, r: BESIDE_PX, t: 0, b: 0 }, showlegend: false,
    paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)",
    xaxis: { ...axis, range: [slider.lowest, slider.highest] }, yaxis: { ...axis, range: [least - foot, most] },
  };
}
