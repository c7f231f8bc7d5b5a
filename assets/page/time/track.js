// The growth at a glance, under the time scrubber: the entropy of every token in the order they came, theta, and how many
// sequences were growing. A canvas, because it is drawn anew while tokens come, however many there are.

/** @import { TreeStore } from "../tree/store.js" */
import { palette } from "../frame/palette.js";
import { penOf } from "../frame/pen.js";

const GAP_PX = 5; // between the two graphs
const ACTIVE_SHARE = 0.3; // of the height, for the number of sequences

/** @typedef {[number, number]} Step [token, number of sequences that grow after it] */

// How many sequences grow after each token, as steps [token, number], in the order of tokens.
/** @param {TreeStore} store @returns {Step[]} */
function activeSteps(store) {
  const changes = new Map([[0, 1]]);
  /** @param {number} node @param {number} by */
  const add = (node, by) => changes.set(node, (changes.get(node) || 0) + by);
  for (const sequence of store.sequences) {
    if (sequence.id > 0) add(sequence.nodes[0] ?? sequence.forkNode, 1);
    if (sequence.reason !== null) add(sequence.leaf, -1);
  }
  let active = 0;
  return [...changes].sort((a, b) => a[0] - b[0]).map(([node, by]) => {
    active += by;
    return [node, active];
  });
}

/** @param {Step[]} steps @param {number} node */
export function activeAt(steps, node) {
  let active = 0;
  for (const [at, number] of steps) {
    if (at > node) break;
    active = number;
  }
  return active;
}

// Returns the steps that it drew.
/** @param {HTMLCanvasElement} canvas @param {TreeStore} store */
export function drawTrack(canvas, store) {
  const paint = penOf(canvas);
  const [width, height] = [canvas.clientWidth, canvas.clientHeight];
  const steps = activeSteps(store);
  const last = Math.max(1, store.numNodes - 1);
  /** @param {number} node */
  const x = (node) => (width * node) / last;
  const foot = Math.round(height * (1 - ACTIVE_SHARE)) - GAP_PX;
  entropies(paint, store, x, foot, width);
  sequences(paint, steps, x, foot + GAP_PX, height, width);
  return steps;
}

// One bar a pixel column at most, the highest entropy of the tokens in it: no peak is lost.
/** @param {CanvasRenderingContext2D} paint @param {TreeStore} store @param {(node: number) => number} x @param {number} foot @param {number} width */
function entropies(paint, store, x, foot, width) {
  const scale = foot / palette.largestEntropy;
  const columns = new Map();
  for (let node = 1; node < store.numNodes; node++) {
    const entropy = store.entropy[node];
    const column = Math.floor(x(node - 1));
    if (entropy !== null && entropy >= (columns.get(column) ?? 0)) columns.set(column, entropy);
  }
  const barPx = Math.max(1, Math.min(6, x(1) - 1));
  for (const [column, entropy] of columns) {
    paint.fillStyle = `rgb(${palette.rgb(entropy).join(",")})`;
    const high = Math.max(1, entropy * scale);
    paint.fillRect(column, foot - high, barPx, high);
  }
  if (!store.thetaOnScale || store.theta === null) return;
  paint.strokeStyle = palette.css("--eager-accent");
  paint.setLineDash([4, 3]);
  const theta = foot - store.theta * scale;
  line(paint, [[0, theta], [width, theta]]);
  paint.setLineDash([]);
}

/** @param {CanvasRenderingContext2D} paint @param {Step[]} steps @param {(node: number) => number} x @param {number} top @param {number} bottom @param {number} width */
function sequences(paint, steps, x, top, bottom, width) {
  const most = Math.max(1, ...steps.map(([, number]) => number));
  /** @param {number} number */
  const y = (number) => bottom - 1 - ((bottom - top - 2) * number) / most;
  /** @type {[number, number][]} */
  const points = [];
  for (const [node, number] of steps) {
    if (points.length) points.push([x(node), points[points.length - 1][1]]);
    points.push([x(node), y(number)]);
  }
  points.push([width, points[points.length - 1][1]]);
  paint.strokeStyle = palette.css("--eager-muted");
  paint.lineWidth = 1.5;
  line(paint, points);
}

/** @param {CanvasRenderingContext2D} paint @param {[number, number][]} points */
function line(paint, points) {
  paint.beginPath();
  for (const [px, py] of points) paint.lineTo(px, py); // the first of them begins it
  paint.stroke();
}
