// The time scrubber: replays the growth token by token. All it does to the rest of the page is to say up to which node
// the store is shown (store.showUntil); all that shows the tree follows (tree/moment.js).

/** @import { TreeStore } from "../tree/store.js" */
/** @import { Step } from "./track.js" */
import { say } from "../frame/announce.js";
import { make } from "../frame/make.js";
import { palette } from "../frame/palette.js";
import { activeAt, drawTrack } from "./track.js";

/** @type {[number, string][]} */
const SPEEDS = [[5, "5 tokens/s"], [20, "20 tokens/s"], [80, "80 tokens/s"], [320, "320 tokens/s"]];
const TRACK_EVERY_MS = 250; // while growing
const CALM_FRAME_MS = 400; // between frames of a replay where the reader wants less motion

export class TimeView {
  /** @param {HTMLElement} element @param {TreeStore} store */
  constructor(element, store) {
    this.store = store;
    /** @type {Step[]} */
    this.steps = [];
    this.run = 0; // the run that the track shows
    this._playing = false;
    this._request = 0;
    this._shown = 0; // when a frame of the replay was shown last
    /** @type {{ at: number | null, node: number }} where the replay began, and when by the frames' clock */
    this._begin = { at: null, node: 0 };
    /** @type {number | null} */
    this._timer = null;
    this._drawn = "";
    this.frame = make("div", "eager-time", element);
    this.frame.hidden = true;
    const bar = make("div", "eager-time-bar", this.frame);
    this._button(bar, "|◂", "Back to the prompt (Home)", () => this.go(0));
    this._button(bar, "◂", "Previous token ([)", () => this.step(-1));
    this.playing = this._button(bar, "▶", "Replay the growth (space)", () => this.toggle());
    this._button(bar, "▸", "Next token (])", () => this.step(1));
    this._button(bar, "▸|", "To the newest token (End)", () => this.go(Infinity));
    this.speed = make("select", "eager-speed", bar);
    this.speed.setAttribute("aria-label", "Speed of the replay");
    for (const [value, text] of SPEEDS) {
      const option = make("option", "", this.speed);
      option.value = String(value);
      option.textContent = text;
    }
    this.speed.value = "20";
    this.told = make("p", "eager-time-told", bar);
    const track = make("div", "eager-track", this.frame);
    this.canvas = make("canvas", "eager-track-canvas", track);
    this.canvas.setAttribute("aria-hidden", "true");
    this.later = make("div", "eager-track-later", track);
    this.range = make("input", "eager-range", track);
    this.range.type = "range";
    this.range.min = "0";
    this.range.setAttribute("aria-label", "Time: tokens generated so far");
    this.range.addEventListener("input", () => {
      this.pause();
      this.go(Number(this.range.value));
    });
    this.store.subscribe("changed", () => this._follow());
    palette.onThemeChange(() => this._track());
    new ResizeObserver(() => this._track()).observe(this.canvas);
  }

  /** @param {HTMLElement} parent @param {string} text @param {string} title @param {() => void} action */
  _button(parent, text, title, action) {
    const button = make("button", "eager-tool", parent);
    button.type = "button";
    button.textContent = text;
    button.title = title;
    button.setAttribute("aria-label", title);
    button.addEventListener("click", action);
    return button;
  }

  get last() {
    return this.store.numNodes - 1;
  }

  get now() {
    return this.store.moment.newest;
  }

  /** @param {number} node */
  go(node) {
    const to = Math.max(0, Math.min(node, this.last));
    this.store.showUntil(to === this.last ? Infinity : to);
    this._tell();
  }

  /** @param {number} by */
  step(by) {
    this.pause();
    this.go(this.now + by);
  }

  toggle() {
    if (this._playing) return this.pause();
    if (this.last < 1) return;
    if (this.now >= this.last) this.go(0);
    this._playing = true;
    this._begin = { at: null, node: this.now };
    this._face();
    this._frame();
  }

  pause() {
    if (!this._playing) return;
    this._playing = false;
    cancelAnimationFrame(this._request);
    this._face();
    say(this.told.textContent ?? "");
  }

  _face() {
    this.playing.textContent = this._playing ? "❚❚" : "▶";
    const title = this._playing ? "Pause (space)" : "Replay the growth (space)";
    this.playing.title = title;
    this.playing.setAttribute("aria-label", title);
  }

  _frame() {
    if (!this._playing) return;
    this._request = requestAnimationFrame((now) => {
      this._begin.at ??= now; // the frames' own clock, whatever the time was when the button was pressed
      const elapsed = now - this._begin.at;
      const due = Math.floor(this._begin.node + (elapsed / 1000) * Number(this.speed.value));
      const calm = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
      if (due > this.now && !(calm && now - (this._shown) < CALM_FRAME_MS)) {
        this._shown = now;
        this.go(due);
      }
      if (this.now >= this.last && !this.store.running) this.pause();
      else this._frame();
    });
    // A new speed counts from here on.
    this.speed.onchange = () => (this._begin = { at: null, node: this.now });
  }

  // The store has changed: by growth, by a new run, or by our own hand.
  _follow() {
    this.frame.hidden = this.store.run === 0;
    if (this.frame.hidden) return;
    if (this.run !== this.store.run) {
      this.run = this.store.run;
      this.pause();
    }
    const state = `${this.store.run} ${this.store.numNodes} ${this.store.running}`;
    if (state !== this._drawn) this._trackSoon(state);
    this._tell();
  }

  /** @param {string} state */
  _trackSoon(state) {
    if (this._timer) return;
    this._timer = setTimeout(() => {
      this._timer = null;
      this._drawn = state;
      this._track();
      this._follow(); // what came in the meantime
    }, this.store.running ? TRACK_EVERY_MS : 0);
  }

  _track() {
    if (this.frame.hidden || this.canvas.clientWidth === 0) return;
    this.steps = drawTrack(this.canvas, this.store);
    this._tell();
  }

  _tell() {
    const { now, last, store } = this;
    this.range.max = String(Math.max(1, last));
    if (Number(this.range.value) !== now) this.range.value = String(now);
    this.later.hidden = now >= last;
    this.later.style.left = `${(100 * now) / Math.max(1, last)}%`;
    const active = activeAt(this.steps, now);
    const entropy = now > 0 && store.entropy[now] !== null ? ` · entropy ${store.entropy[now].toFixed(2)}` : "";
    const text = `token ${now.toLocaleString("en")} of ${last.toLocaleString("en")} · ${active} growing${entropy}`;
    if (this.told.textContent !== text) this.told.textContent = text;
    this.range.setAttribute("aria-valuetext", text);
  }
}
