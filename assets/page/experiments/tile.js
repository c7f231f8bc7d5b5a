// One prompt as a small multiple: its tree in miniature on a canvas, a row a sequence, coloured by entropy, and whether it
// was solved. The tile is a button that opens the tree.

/** @import { Grade } from "../messages.js" */
/** @import { SmallTree } from "./store.js" */
import { facts } from "../frame/facts.js";
import { make } from "../frame/make.js";
import { palette } from "../frame/palette.js";
import { penOf } from "../frame/pen.js";

const LEAST_ROW_PX = 1.5;
const MOST_ROW_PX = 7;

export class ExperimentTile {
  /** @param {HTMLElement} parent @param {number} number @param {string} prompt @param {string} excerpt @param {() => void} open */
  constructor(parent, number, prompt, excerpt, open) {
    this.number = number;
    this.prompt = prompt;
    this.host = make("button", "eager-tile", parent);
    this.host.type = "button";
    const head = make("span", "eager-tile-head", this.host);
    make("b", "", head).textContent = String(number + 1);
    this.mark = make("span", "eager-tile-mark", head);
    this.told = make("span", "eager-tile-told", head);
    this.canvas = make("canvas", "eager-tile-tree", this.host);
    make("span", "eager-tile-prompt", this.host).textContent = excerpt;
    this.host.addEventListener("click", () => open());
  }

  // `extra`: sequences beyond M that the stage gave this prompt, or null.
  /** @param {SmallTree | null} tree @param {Grade | null} grade @param {number | null} extra @param {{ stage: string, longest: number, mostSequences: number, isGrowing: boolean }} how */
  draw(tree, grade, extra, { stage, longest, mostSequences, isGrowing }) {
    const isSolved = grade !== null && grade.correct > 0;
    this.mark.textContent = grade === null ? "" : isSolved ? "✓" : "✗";
    this.host.classList.toggle("eager-tile-solved", isSolved);
    this.host.classList.toggle("eager-tile-failed", grade !== null && !isSolved);
    this.host.classList.toggle("eager-tile-growing", isGrowing);
    this.host.classList.toggle("eager-tile-kept", Boolean(grade?.continued));
    this.host.disabled = tree === null;
    const given = !extra ? "" : ` · +${extra}`;
    this.told.textContent = (grade === null ? "" : `${grade.correct} of ${grade.sequences} right`) + given;
    const outcome = grade === null ? (isGrowing ? "growing" : "not done") : `${isSolved ? "solved" : "not solved"}, ${grade.correct} of ${grade.sequences} sequences right`;
    this.host.title = this.prompt;
    this.host.setAttribute("aria-label", `Prompt ${this.number + 1}, ${stage}: ${outcome}. Open its tree.`);
    this._paint(tree, longest, mostSequences);
  }

  /** @param {SmallTree | null} tree @param {number} longest @param {number} mostSequences */
  _paint(tree, longest, mostSequences) {
    const { canvas } = this;
    const paint = penOf(canvas);
    const [width, height] = [canvas.clientWidth, canvas.clientHeight];
    if (!tree) return;
    const rowPx = Math.min(MOST_ROW_PX, Math.max(LEAST_ROW_PX, height / Math.max(mostSequences, tree.rows.length)));
    const cellPx = width / longest;
    paint.fillStyle = palette.css("--eager-line");
    for (const [row, sequence] of tree.rows.entries()) {
      if (!sequence || sequence.parent < 0) continue;
      const top = (sequence.parent + 0.5) * rowPx;
      paint.fillRect((sequence.first - 1) * cellPx, top, 0.75, (row + 0.5) * rowPx - top);
    }
    const gap = rowPx > 3 ? 1 : 0;
    const { levels } = facts;
    for (const [row, sequence] of tree.rows.entries()) {
      if (!sequence) continue;
      for (let index = 0; index < sequence.letters.length; index++) {
        const level = levels.indexOf(sequence.letters[index]);
        const rgb = level < 0 ? palette.unknown[0] : palette.rgbAt(level / (levels.length - 1));
        paint.fillStyle = `rgb(${rgb.join(",")})`;
        paint.fillRect((sequence.first - 1 + index) * cellPx, row * rowPx, Math.max(cellPx + 0.3, 0.8), rowPx - gap);
      }
    }
  }
}
