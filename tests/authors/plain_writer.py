"""A slow, obvious writer of result files as the authors' code writes them, on a made-up model, with the truth beside.

What it does was read off their public code: sequences are appended when they are complete; a branch names the place of
its sequence among the active ones; what follows the monitoring has one value a word; each later run of a prompt is
appended whole, and counts from 0 again.
"""

import hashlib
import json
from dataclasses import dataclass, field
from typing import Any

PROMPT = "Give the answer in \\boxed{}. What is 2 + 3?"
FRAME = f"<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\n{PROMPT}<|im_end|>\n<|im_start|>assistant\n"
END_TEXT = "<|im_end|>"
_WORDS = (" the", " tale", " of", "\n", " 5", "5", ".", " \\boxed{5}", "é", " <b>", "'", '"', " story", "story", " s")


@dataclass
class True_:
    """A sequence as it really was."""

    parent: "True_ | None"
    start: int
    """Tokens that are its parent's."""
    tokens: list[str]
    entropies: list[float]
    """Of all its tokens, those of its parent too; as the file has them."""
    place: int
    """When it began, among all sequences of its run."""


@dataclass
class WrittenRun:
    """One run: what the file gets, and the sequences in the order in which they began."""

    generations: list[str] = field(default_factory=list)
    entropies: list[list[float]] = field(default_factory=list)
    branches: list[dict[str, Any]] = field(default_factory=list)
    truth: list[True_] = field(default_factory=list)


class MadeUpModel:
    """Says what comes after a path of tokens: all of it is a hash."""

    def __init__(self, seed: int, end_share: float, torn_share: float) -> None:
        self.seed, self.end_share, self.torn_share = seed, end_share, torn_share

    def after(self, tokens: list[str]) -> tuple[str, str, str, float]:
        """Return the most likely token, the second, the one that is drawn, and the entropy."""
        digest = hashlib.sha256(json.dumps([self.seed, tokens]).encode()).digest()
        first = digest[0] % len(_WORDS)
        second = (first + 1 + digest[1] % (len(_WORDS) - 1)) % len(_WORDS)
        drawn = END_TEXT if digest[2] < 256 * self.end_share else _WORDS[(first, first, second)[digest[3] % 3]]
        noise = int.from_bytes(digest[4:8]) / 2**32
        return _WORDS[first], _WORDS[second], drawn, (2.1 if digest[8] < 256 * self.torn_share else 0.0) + 0.8 * noise


def write_run(model: MadeUpModel, most: int, theta: float, limit: int, patience: int) -> WrittenRun:
    """Return what one run writes, as the module's first lines say."""
    run, active = WrittenRun(), [True_(None, 0, [], [], 0)]
    run.truth.append(active[0])
    num_done, step, quiet = 0, 0, 0

    def finish(sequence: True_, tail: list[str], values: list[float]) -> None:
        sequence.tokens += tail
        sequence.entropies += values
        run.generations.append(FRAME + "".join(sequence.tokens))
        own = sequence.entropies[sequence.start :]
        run.entropies.append([-1] * sequence.start + own)

    while active and step < limit and len(active) + num_done < most and quiet < patience:
        going_on, begun = [], []
        for place, sequence in enumerate(active):
            first, second, drawn, entropy = model.after(sequence.tokens)
            if drawn == END_TEXT:
                finish(sequence, [END_TEXT], [-9.0])
                num_done += 1
                continue
            if entropy > theta and len(active) + len(going_on) + num_done < most:
                child = True_(sequence, step, [*sequence.tokens, second], [*sequence.entropies, round(entropy, 4)],
                              len(run.truth))  # fmt: skip
                run.truth.append(child)
                begun.append(child)
                run.branches.append({
                    "seq_idx": place, "gen_step": step, "auto_selected_token": drawn, "entropy": entropy,
                    "entropy_threshold": theta, "man_token_original": first, "man_token_branch": second,
                    "new_seq_idx": len(active) + len(going_on) + num_done,
                    "last_generated_chars": (FRAME + "".join(sequence.tokens))[-50:],
                })  # fmt: skip
                drawn = first
            sequence.tokens.append(drawn)
            sequence.entropies.append(round(entropy, 4))
            going_on.append(sequence)
        quiet = 0 if begun else quiet + 1
        active = going_on + begun
        step += 1
    for sequence in active:
        tail = []
        while step < limit and len(tail) < 6:
            tail.append(model.after([*sequence.tokens, *tail])[2])
            if tail[-1] == END_TEXT:
                break
        finish(sequence, tail, [-2.0] * len("".join(tail).split()))
    return run


def result_file(entries: list[dict[str, Any]], most: int, theta: float, name: str) -> str:
    """Return the text of a result file with these entries."""
    return json.dumps(
        {
            "experiment_name": "2025-09-12_04-12-36",
            "params": {"model_name": "Qwen/Qwen3-4B", "temperature": 0.6, "entropy_threshold": theta,
                       "max_sequences": most, "seed": 55},
            "data": {"data_name": "mock", "num_prompts": len(entries), "targets": [5] * len(entries)},
            "status": {"state": "COMPLETED", "completed_sequences": 1, "total_sequences": 1, "progress": "1/1"},
            "extra": {"notes": "", "generation_time_so_far (s)": 1.5},
            "results": {"avg_acc": 0.5, "pass_at_1": 1.0, "cons_at_max": float("nan")},
            name: entries,
        },
        indent=4, ensure_ascii=False,
    )  # fmt: skip


def entry_of(runs: list[WrittenRun]) -> dict[str, Any]:
    """Return the entry of a prompt that was run once, or again with more budget."""
    generations = [text for run in runs for text in run.generations]
    return {
        "prompt": PROMPT,
        "generated_sequences": len(generations),
        "target": 5,
        "extracted_answers": str([str(number) for number in range(len(generations))]),
        "generations": generations,
        "entropies": [str(values) for run in runs for values in run.entropies],
        "recorded_branches": [str(branch) for run in runs for branch in run.branches],
    }
