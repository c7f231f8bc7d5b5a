// The shapes that the page and its parts hand to one another.

import type { Facts } from "../messages.d.ts";

/** [red, green, blue], each from 0 to 255. */
export type Color = [number, number, number];

/** Tells Python of an event of a component. */
export type Trigger = (event: string, asked: Record<string, unknown>) => void;

/** Has a listener called with each text that Python tells a component. */
export type Values = (listener: (value: string) => void) => void;

/** What a part is mounted with. */
export interface Wires {
  trigger: Trigger;
  values: Values;
  /** Whether the page is a tree's own, with no server. */
  isAlone?: boolean;
}

export type Mount = (element: HTMLElement, wires: Wires) => void;

/** What Gradio hands to the script of a component. */
export interface Props {
  value: string | null;
  facts: Facts;
}

export type Watch = (name: "value", listener: () => void) => void;

/** What the keys act on; each is there once it is mounted. */
export interface KeyParts {
  tree: { stage: HTMLElement; press(event: KeyboardEvent): void } | null;
  inspector: { forkHere(): void; undo(): void } | null;
  time: { toggle(): void; step(by: number): void; go(node: number): void } | null;
  keys: { open(): void } | null;
}

declare global {
  interface Window {
    /** The page's one global: for Gradio's snippets and for tests. */
    eager?: object;
  }
}
