// The shapes that the modules of the curves hand to one another.

import type { Place, SliderNews, Step } from "../messages.d.ts";

/** A place whose outcome is known. */
export type KnownPlace = [number, number, number, number, number];

/** What a curve is drawn from. */
export interface ToldCurve {
  places: Place[];
  steps: Step[];
}

/** What is known of a slider, and of which run. */
export type ToldSlider = SliderNews & { run: number };

/** What a curve can show. */
export interface Quantity {
  label: string;
  title?: string;
  of(place: KnownPlace): number;
  words(value: number): string;
}

/** Known places as points, open ones, the line between the known, and the ends of the y axis. */
export interface Shape {
  known: { x: number; y: number }[];
  open: number[];
  line: { x: number[]; y: number[] };
  least: number;
  most: number;
}
