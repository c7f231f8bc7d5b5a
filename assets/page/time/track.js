// The growth at a glance, under the time scrubber: the entropy of every token in the order they came, theta, and how many
// sequences were growing. A canvas, because it is drawn anew while tokens come, however many there are.

import { palette } from "../frame/palette.js";

const GAP_PX = 5; // between the two graphs
const ACTIVE_SHARE = 0.3; // of the height, for the number of sequences

// How many sequences grow after each token, as steps [token, number], in the order of tokens.
function activeSteps(store) {
  const changes = new Map([[0, 1]]);
  const add = (node, by) => changes.set(node, (changes.get(node) || 0) + by);
  for (const sequence of store.sequences) {
    if (sequence.id > 0) add(sequence.nodes[0] ?? sequence.forkNode, 1);
    if (sequence.reason !== null) add(sequence.leaf, -1);
  }
  let active = 0;
  return [...changes].sort((a, b) => a[0] - b[0]).map(([node, by]) => [node, (active += by)]);
}

export function activeAt(steps, node) {
  let active = 0;
  for (const [at, number] of steps) {
    if (at > node) break;
    active = number;
  }
  return active;
}

// Returns the steps that it drew.
export function drawTrack(canvas, store) {
  const ratio = window.devicePixelRatio || 1;
  const [width, height] = [canvas.clientWidth, canvas.clientHeight];
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  const paint = canvas.getContext("2d");
  paint.scale(ratio, ratio);
  const steps = activeSteps(store);
  const last = Math.max(1, store.numNodes - 1);
  const x = (node) => (width * node) / last;
  const foot = Math.round(height * (1 - ACTIVE_SHARE)) - GAP_PX;
  entropies(paint, store, x, foot, width);
  sequences(paint, store, steps, x, foot + GAP_PX, height, width);
  return steps;
}

// One bar a pixel column at most, the highest entropy of the tokens in it: no peak is lost.
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
  if (!store.thetaOnScale) return;
  paint.strokeStyle = palette.css("--eager-accent");
  paint.setLineDash([4, 3]);
  line(paint, [[0, foot - store.theta * scale], [width, foot - store.theta * scale]]);
  paint.setLineDash([]);
}

function sequences(paint, store, steps, x, top, bottom, width) {
  const most = Math.max(1, ...steps.map(([, number]) => number));
  const y = (number) => bottom - 1 - ((bottom - top - 2) * number) / most;
  const points = [];
  for (const [node, number] of steps) {
    if (points.length) points.push([x(node), points.at(-1)[1]]);
    points.push([x(node), y(number)]);
  }
  points.push([width, points.at(-1)[1]]);
  paint.strokeStyle = palette.css("--eager-muted");
  paint.lineWidth = 1.5;
  line(paint, points);
}

function line(paint, points) {
  paint.beginPath();
  points.forEach(([px, py], index) => (index ? paint.lineTo(px, py) : paint.moveTo(px, py)));
  paint.stroke();
}
