// An experiment on the page: the progress bar, a choice of stage, the small multiples, the pot, the table and the plots.
// Follows the stage under way until a reader chooses one.

/** @import { ExperimentDelta, ExperimentProgress, ExperimentStart, Pot } from "../messages.js" */
/** @import { Changed } from "./store.js" */
import { say } from "../frame/announce.js";
import { make } from "../frame/make.js";
import { palette } from "../frame/palette.js";
import { ExperimentPlots } from "./plots.js";
import { ExperimentPot } from "./pot.js";
import { ExperimentStore } from "./store.js";
import { drawTable } from "./table.js";
import { ExperimentTile } from "./tile.js";

export class ExperimentView {
  // `openTree({stage, number})`: shows a prompt's tree. `catchUp()`: asks for what was lost.
  /** @param {HTMLElement} element @param {(which: { stage: string, number: number }) => void} openTree @param {() => void} catchUp */
  constructor(element, openTree, catchUp) {
    this.store = new ExperimentStore();
    this.store.onGap = catchUp;
    this._openTree = openTree;
    /** @type {string | null} */
    this.stage = null;
    this._chosen = false;
    this._scheduled = false;
    /** @type {ExperimentTile[]} */
    this.tiles = [];
    const frame = make("div", "eager-budget", element);
    this.frame = frame;
    frame.hidden = true;
    const host = make("div", "eager-progress", frame);
    this.bar = make("div", "eager-progress-bar", host);
    this.bar.setAttribute("role", "progressbar");
    this.bar.setAttribute("aria-label", "The experiment");
    this.bar.setAttribute("aria-valuemin", "0");
    this.bar.setAttribute("aria-valuemax", "100");
    this.fill = make("i", "", this.bar);
    this.words = make("p", "eager-progress-words", host);
    this.conditions = make("p", "eager-note eager-budget-conditions", frame);
    const stages = make("div", "eager-budget-head", frame);
    this.stages = make("div", "eager-budget-stages", stages);
    this.stages.setAttribute("role", "group");
    this.stages.setAttribute("aria-label", "The stage whose trees are shown");
    make("p", "eager-note", stages).textContent = "Press a prompt to open its tree above.";
    this.body = make("div", "eager-budget-body", frame);
    this.grid = make("div", "eager-tiles", this.body);
    this.pot = new ExperimentPot(this.body);
    this.table = make("div", "eager-budget-table", frame);
    this.plots = new ExperimentPlots(frame);
    palette.onThemeChange(() => this._drawTiles());
    new ResizeObserver(() => this._soon()).observe(this.grid);
  }

  /** @param {ExperimentDelta} delta */
  take(delta) {
    const { store } = this;
    const before = store.progress?.state;
    const changed = store.apply(delta);
    if (!changed) return;
    this.frame.hidden = false;
    if (changed.began) this._clear();
    if (delta.start) this._begin(delta.start);
    this._follow(delta.progress);
    this._drawProgress(delta.progress, before);
    this._drawChanged(changed, Boolean(delta.snapshot));
  }

  _clear() {
    this.tiles = [];
    this.grid.replaceChildren();
    this.stages.replaceChildren();
    this.table.replaceChildren();
    this.conditions.textContent = "";
    this.pot.clear();
    this.plots.clear();
    this.body.hidden = true;
    [this.stage, this._chosen] = [null, false];
  }

  /** @param {ExperimentStart} start */
  _begin(start) {
    this.body.hidden = false;
    this.conditions.textContent = start.conditions;
    this.tiles = start.prompts.map((prompt, number) => new ExperimentTile(this.grid, number, prompt, start.excerpts[number], () => this._open(number)));
    for (const stage of start.stages) {
      const button = make("button", "eager-tool eager-budget-stage", this.stages);
      button.type = "button";
      button.textContent = stage;
      button.dataset.stage = stage;
      button.addEventListener("click", () => {
        this._chosen = true;
        this._show(stage);
      });
    }
  }

  /** @param {ExperimentProgress} progress */
  _follow(progress) {
    if (!this._chosen && progress.stage && progress.stage !== this.stage) this._show(progress.stage);
  }

  /** @param {string} stage */
  _show(stage) {
    this.stage = stage;
    for (const button of this.stages.children) button.setAttribute("aria-pressed", String(button.getAttribute("data-stage") === stage));
    this._drawTiles();
  }

  /** @param {number} number */
  _open(number) {
    if (this.stage === null) return;
    this._openTree({ stage: this.stage, number });
    const behavior = matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth";
    document.getElementById("token-tree")?.scrollIntoView({ behavior, block: "start" });
    say(`Opened the tree of prompt ${number + 1}, ${this.stage}.`);
  }

  /** @param {ExperimentProgress} progress @param {string | undefined} before the state before it */
  _drawProgress(progress, before) {
    const percent = Math.round(100 * progress.share);
    this.fill.style.width = `${100 * progress.share}%`;
    this.bar.setAttribute("aria-valuenow", String(percent));
    this.bar.setAttribute("aria-valuetext", progress.words);
    this.words.textContent = progress.words;
    this.frame.dataset.state = progress.state;
    document.body.dataset.eagerBudget = progress.state;
    if (before !== progress.state && progress.state !== "running") say(progress.words);
  }

  /** @param {Changed} changed @param {boolean} isSnapshot */
  _drawChanged(changed, isSnapshot) {
    const { store } = this;
    for (const key of new Set([...changed.trees, ...changed.grades])) {
      const [stage, number] = key.split("/");
      if (stage === this.stage) this._drawTile(Number(number));
    }
    if (changed.names.has("pot") && store.pot) this._drawPot(store.pot, changed, isSnapshot);
    if (changed.names.has("table") && store.table) drawTable(this.table, store.table);
    if (changed.names.has("plots") && store.plots) this.plots.draw(store.plots);
  }

  /** @param {Pot} pot @param {Changed} changed @param {boolean} isSnapshot */
  _drawPot(pot, changed, isSnapshot) {
    const { allocations, grades } = this.store;
    /** @param {number} number @param {number} count @returns {[HTMLElement, number]} */
    const tile = (number, count) => [this.tiles[number].host, count];
    const saved = [...changed.grades].filter((key) => key.startsWith("init/"));
    const sources = pot.stage === null ? saved.map((key) => tile(Number(key.slice(5)), grades.get(key)?.saved ?? 0)) : [];
    const targets = pot.stage !== null ? pot.grants.map(([number, count]) => tile(number, count)) : [];
    this.pot.draw(pot, allocations, isSnapshot ? [] : sources, isSnapshot ? [] : targets);
    if (pot.stage !== null) this._drawTiles(); // each says what it was given
  }

  // Tiles have no size until the page was laid out.
  _soon() {
    if (this._scheduled) return;
    this._scheduled = true;
    requestAnimationFrame(() => {
      this._scheduled = false;
      this._drawTiles();
    });
  }

  _drawTiles() {
    if (this.stage) for (const { number } of this.tiles) this._drawTile(number);
  }

  /** @param {number} number */
  _drawTile(number) {
    const { store, stage } = this;
    const { start, pot, progress } = store;
    if (stage === null || start === null || progress === null) return;
    const grant = pot?.stage === stage ? pot.grants.find(([prompt]) => prompt === number) : undefined;
    const [tree, grade] = [store.tree(stage, number), store.grade(stage, number)];
    this.tiles[number].draw(tree, grade, grant ? grant[1] : null, {
      stage, longest: start.max_new_tokens, mostSequences: start.max_sequences,
      isGrowing: progress.state === "running" && progress.stage === stage && progress.number === number,
    });
  }
}
