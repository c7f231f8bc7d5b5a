// The shapes that the tree's modules hand to one another.

import type { FinishReason } from "../messages.d.ts";
import type { Color } from "../frame/types.d.ts";
import type { Places } from "./places.js";
import type { TreeStore } from "./store.js";

/** A row of places, each one token after the last. `parent`: the place that it grows on. */
export interface Limb {
  id: number;
  lane: number;
  firstDepth: number;
  parent: number;
  places: number[];
  gone: boolean;
}

/** How many places of a limb are in the present tree, and how many are drawn, ghosts counted. */
export interface Span {
  limb: Limb;
  present: number;
  total: number;
}

/** A sequence of the run; its leaf is the fork's node while it has no node of its own. */
export interface Sequence {
  id: number;
  parent: number | null;
  lane: number;
  forkNode: number;
  firstDepth: number | null;
  leaf: number;
  reason: FinishReason | null;
  nodes: number[];
}

export interface Fork {
  node: number;
  sequence: number;
  newSequence: number;
}

/** What the reader chose to be shown. */
export interface Shows {
  ghosts: boolean;
  words: boolean;
  coloring: Coloring;
  /** Places whose subtrees are folded. */
  folds: Set<number>;
  beside: Beside | null;
}

/** What a tree is told that stands beside another. */
export interface Standing {
  /** Its nodes that the other has too. */
  shared: Set<number>;
  /** The node after which they part first. */
  mark: number | null;
}

/** `number` tells one telling from the next. */
export type Beside = Standing & { number: number };

/** A button above the tree: its text, title, key, and what it does. */
export type Tool = [string, string, string, () => void];

/** What of it decides which places are drawn. */
export type ShownPlaces = Pick<Shows, "ghosts" | "folds">;

/** What a token's colour tells: a position on the ramp from 0 to 1, or null: not known. */
export interface Coloring {
  name: string;
  caption: string;
  /** [position, its name] */
  readonly ticks: [number, string][];
  of(places: Places, place: number): number | null;
}

/** The part in view, in columns and lanes, [first, last] and [last, first]; the plot's size in px. */
export interface InView {
  x: Range;
  y: Range;
  width: number;
  height: number;
}

export type Range = [number, number];

/** The theme, read once. */
export interface Look {
  ramp: string[];
  unknown: Color[];
  ink: string;
  muted: string;
  line: string;
  ghostLine: string;
  ghostInk: string;
  accent: string;
  rim: string;
  grid: string;
  mono: string;
  sans: string;
}


export type ColoredLook = Look & { coloring: Coloring };

/** All that the tree's figure is made from. */
export interface Scene {
  store: TreeStore;
  spans: Span[];
  view: InView;
  look: ColoredLook;
  words: boolean;
  folds: Set<number>;
  beside: Beside | null;
}

/** The far picture: an image, and the pixels that a lane is high. */
export interface Cells {
  source: string;
  rows: number;
}

export type Direction = "parent" | "child" | "below" | "above";

/** Where something is drawn, in the coordinates of pointer events. */
export interface Point {
  x: number;
  y: number;
}

/** What the page has, to ask for what it lacks: `Known` in components/tree/growth.py. */
export interface Known {
  run: number;
  known: number;
  places: number;
  drawing: number;
  request: number;
}
