// What a token's colour tells: each way maps a token to a position on the ramp, 0 to 1, or to null: not known.
// Pure: no DOM. The scales are fixed, so that two trees can be compared by eye.

/** @import { Coloring } from "./types.js" */
import { facts } from "../frame/facts.js";

const LEAST_PROBABILITY = 1e-4;
const LARGEST_RANK = 64;

/** @type {Coloring[]} */
export const colorings = [
  {
    name: "entropy", caption: "entropy, nats",
    get ticks() {
      return facts.entropy_ticks;
    },
    // What nobody looked at is not known, whatever the model would have said.
    of: (places, place) => {
      const { unmonitored_rule: unmonitored, largest_entropy_nats: largest } = facts;
      const entropy = places.entropy[place];
      return places.rule[place] === unmonitored || entropy === null ? null : Math.min(1, entropy / largest); // rounded, it may be a little more
    },
  },
  {
    name: "probability", caption: "probability",
    ticks: [1, 0.1, 0.01, 0.001, LEAST_PROBABILITY].map((share) => [surprise(Math.log(share)), `${+(100 * share).toPrecision(1)} %`]),
    of: (places, place) => (places.logprob[place] === null ? null : surprise(places.logprob[place])),
  },
  {
    name: "rank", caption: "rank",
    ticks: [1, 2, 4, 8, 16, 32, LARGEST_RANK].map((rank) => [height(rank), rank === LARGEST_RANK ? `${rank}+` : String(rank)]),
    of: (places, place) => (places.rank[place] === null ? null : height(places.rank[place])),
  },
  { name: "plain", caption: "no colour", ticks: [], of: () => 0.45 },
];

// How unlikely, on a scale of logarithms: 0 is certain.
/** @param {number} logprob */
function surprise(logprob) {
  return Math.min(1, logprob / Math.log(LEAST_PROBABILITY));
}

/** @param {number} rank */
function height(rank) {
  return Math.min(1, Math.log(rank) / Math.log(LARGEST_RANK));
}
