// The buttons above the tree, each with its letter: where to look, and what is shown.

/** @import { Tool } from "./types.js" */
/** @import { TreeView } from "./view.js" */
import { make } from "../frame/make.js";
import { colorings } from "./coloring.js";

export class TreeTools {
  /** @param {HTMLElement} parent @param {TreeView} view */
  constructor(parent, view) {
    this.view = view;
    /** @type {Record<string, (() => void) | undefined>} by their keys */
    this.actions = {};
    const bar = make("div", "eager-tools", parent);
    this.bar = bar;
    const looks = this._group(bar, "Where to look");
    this._add(looks, "Fit", "Show the whole tree", "f", () => view.follow("fit"));
    this._add(looks, "Newest", "Follow the newest tokens", "n", () => view.follow("newest"));
    this._add(looks, "Sequence", "Show the sequence of the selected token", "z", () => view.showSequence());
    this._add(looks, "−", "Zoom out", "-", () => view.zoom(1.6));
    this._add(looks, "+", "Zoom in", "+", () => view.zoom(1 / 1.6));
    const shows = this._group(bar, "What is shown");
    this.coloring = this._add(shows, "", "Choose what the colours show", "c", () => this._nextColoring());
    this.words = this._add(shows, "Words", "Words instead of tokens", "w", () => this._switch("words"));
    this.ghosts = this._add(shows, "Ghosts", "Tokens of earlier settings that the present ones do not use", "g", () => this._switch("ghosts"));
    this.fold = this._add(shows, "Fold", "Fold or unfold what follows the selected token", "x", () => view.fold());
    this.tell();
  }

  // Add a group of buttons of somebody else's: each [text, title, key, action]. Returns them.
  /** @param {string} label @param {Tool[]} buttons */
  add(label, buttons) {
    const group = this._group(this.bar, label);
    return buttons.map(([text, title, key, action]) => this._add(group, text, title, key, action));
  }

  // What a key does, or undefined.
  /** @param {string} key */
  actionOf(key) {
    return this.actions[key];
  }

  // Bring the buttons' faces up to what is shown.
  tell() {
    const { shows } = this.view;
    this.coloring.textContent = `Colour: ${shows.coloring.name}`;
    this.words.setAttribute("aria-pressed", String(shows.words));
    this.ghosts.setAttribute("aria-pressed", String(shows.ghosts));
    this.fold.textContent = shows.folds.size ? `Folded: ${shows.folds.size}` : "Fold";
  }

  /** @param {HTMLElement} bar @param {string} label */
  _group(bar, label) {
    const group = make("div", "eager-tool-group", bar);
    group.setAttribute("role", "group");
    group.setAttribute("aria-label", label);
    return group;
  }

  /** @param {HTMLElement} group @param {string} text @param {string} title @param {string} key @param {() => void} action */
  _add(group, text, title, key, action) {
    const button = make("button", "eager-tool", group);
    button.type = "button";
    button.textContent = text;
    button.title = `${title} (${key})`;
    if (text.length < 2) button.setAttribute("aria-label", title);
    button.addEventListener("click", action);
    this.actions[key] = action;
    return button;
  }

  /** @param {"words" | "ghosts"} name */
  _switch(name) {
    this.view.shows[name] = !this.view.shows[name];
    this.view.changed();
  }

  _nextColoring() {
    const { shows } = this.view;
    const at = colorings.indexOf(shows.coloring);
    shows.coloring = colorings[(at + 1) % colorings.length];
    this.view.changed();
  }
}
