// The far picture: one cell a token, painted pixel by pixel into a small image that Plotly stretches over the axes.
// A cell is one pixel wide; a lane is some pixels high, of which the cell takes three, so that a hollow one has a hole.

/** @import { Color } from "../frame/types.js" */
/** @import { Places } from "./places.js" */
/** @import { TreeStore } from "./store.js" */
/** @import { Beside, Cells, ColoredLook, Coloring, Span } from "./types.js" */
import { facts } from "../frame/facts.js";
import { palette } from "../frame/palette.js";
import { isShared } from "./beside.js";

const CELL_PX = 3;
const LARGEST_CELL_HEIGHT = 20; // on the screen
const GHOST_ALPHA = 0.26;
const SHARED_ALPHA = 0.34;
const COLUMNS_STEP = 64;
const NUM_SHADES = 256;

export class TreeCells {
  constructor() {
    this.canvas = document.createElement("canvas");
    this.context = /** @type {CanvasRenderingContext2D} */ (this.canvas.getContext("2d", { willReadFrequently: true }));
    this.image = this.context.createImageData(1, 1);
    /** @type {string[] | null} the ramp that the shades were made of */
    this.shadesOf = null;
    this.shades = { present: [0], shared: [0], ghost: [0] };
  }

  // Paint the spans (spans.js) and return {source, rows}: the image, and the pixels that a lane is high.
  // `lanePx`: a lane's height on the screen. `look`: {coloring, ramp, unknown: [two greys]}. `beside`: see beside.js.
  /** @param {TreeStore} store @param {Span[]} spans @param {number} numLanes @param {number} lanePx @param {ColoredLook} look @param {Beside | null} [beside] @returns {Cells} */
  paint(store, spans, numLanes, lanePx, look, beside = null) {
    const { places } = store;
    const rows = Math.max(5, Math.round(lanePx / (LARGEST_CELL_HEIGHT / CELL_PX)) | 1);
    const last = Math.max(0, ...spans.map(({ limb, total }) => (total ? limb.firstDepth + total - 1 : 0)));
    const width = Math.ceil((last + 1) / COLUMNS_STEP) * COLUMNS_STEP;
    this._resize(width, numLanes * rows);
    const shades = this._shades(look);
    const pixels = new Uint32Array(this.image.data.buffer).fill(0);
    for (const { limb, present, total } of spans) {
      const top = (limb.lane * rows + (rows - CELL_PX) / 2) * width + limb.firstDepth;
      for (let index = 0; index < total; index++) {
        const place = limb.places[index];
        const kind = index >= present ? "ghost" : isShared(beside, places, place) ? "shared" : "present";
        this._cell(pixels, top + index, width, places, place, look.coloring, shades[kind]);
      }
    }
    this.context.putImageData(this.image, 0, 0);
    return { source: this.canvas.toDataURL(), rows };
  }

  /** @param {Uint32Array} pixels @param {number} at @param {number} width @param {Places} places @param {number} place @param {Coloring} coloring @param {number[]} shades */
  _cell(pixels, at, width, places, place, coloring, shades) {
    const position = coloring.of(places, place);
    if (position === null) {
      // Hatched; but the prompt, which has no colour in any sense, is plain.
      for (let row = 0; row < CELL_PX; row++) pixels[at + row * width] = shades[NUM_SHADES + (place === 0 ? 0 : (row + at) % 2)];
      return;
    }
    const shade = shades[Math.round(position * (NUM_SHADES - 1))];
    const isHollow = places.rule[place] === facts.full_rule;
    for (let row = 0; row < CELL_PX; row++) if (!isHollow || row !== 1) pixels[at + row * width] = shade;
  }

  /** @param {number} width @param {number} height */
  _resize(width, height) {
    if (this.image.width === width && this.image.height === height) return;
    this.canvas.width = width;
    this.canvas.height = height;
    this.image = this.context.createImageData(width, height);
  }

  // Pixel values of the shades from 0 to 1 and, behind them, of the two greys that hatch what is not known.
  /** @param {ColoredLook} look */
  _shades(look) {
    if (this.shadesOf !== look.ramp) {
      this.shadesOf = look.ramp;
      const colors = Array.from({ length: NUM_SHADES }, (_, index) => palette.rgbAt(index / (NUM_SHADES - 1)));
      colors.push(...look.unknown);
      /** @param {number} opacity */
      const at = (opacity) => colors.map((color) => pixel(color, opacity));
      this.shades = { present: at(1), shared: at(SHARED_ALPHA), ghost: at(GHOST_ALPHA) };
    }
    return this.shades;
  }
}

const isLittleEndian = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1;

/** @param {Color} color @param {number} opacity */
function pixel([red, green, blue], opacity) {
  const alpha = Math.round(255 * opacity);
  const [a, b, c, d] = isLittleEndian ? [alpha, blue, green, red] : [red, green, blue, alpha];
  return ((a << 24) | (b << 16) | (c << 8) | d) >>> 0;
}
