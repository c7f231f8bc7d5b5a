// Letters that can be read on a coloured ground: WCAG 2 relative luminance and contrast, of colours as [red, green, blue].

/** @import { Color } from "./types.js" */

const ENOUGH = 4.5; // level AA

/** @param {Color} color */
function luminance(color) {
  const [red, green, blue] = color.map((channel) => {
    const share = channel / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** @param {Color} one @param {Color} other */
function ratio(one, other) {
  const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
}

// One of them always has 4.58.
/** @type {Color[]} */
const BLACK_AND_WHITE = [[0, 0, 0], [255, 255, 255]];

// A colour laid over a ground with this opacity.
/** @param {Color} color @param {number} opacity @param {Color} ground @returns {Color} */
export function over(color, opacity, ground) {
  const [red, green, blue] = color.map((channel, index) => channel * opacity + ground[index] * (1 - opacity));
  return [red, green, blue];
}

// The first of the wanted letter colours that can be read on the ground, else black or white.
/** @param {Color} ground @param {Color[]} wanted */
export function readable(ground, wanted) {
  return [...wanted, ...BLACK_AND_WHITE].find((ink) => ratio(ink, ground) >= ENOUGH) ?? BLACK_AND_WHITE[0];
}
