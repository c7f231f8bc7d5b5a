"""From trees to the authors' result file, as their own scripts read it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from eager_core.authors.lines import END, NOT_MEASURED, REUSED, UNMONITORED
from eager_core.authors.reading import AWARE, DEFAULT
from eager_core.errors import TraceError
from eager_core.events import Forked, RunStarted
from eager_core.grading import last_boxed
from eager_core.tree import Node, TokenTree
from eager_core.tree import Sequence as TokenSequence

_NUM_LAST_CHARACTERS = 50
_LAST = 2**62


def authors_json_of(
    trees: Sequence[TokenTree],
    targets: Sequence[str] | None = None,
    answers: Sequence[Sequence[str | None]] | None = None,
    results: Mapping[str, float] | None = None,
) -> dict[str, Any]:
    """Return runs of several prompts, under the same settings, in the authors' format.

    A tree holds the prompt as it was typed, so that stands where their files have it in its chat frame. Entropies are
    rounded to 4 decimals, as theirs; the end-of-sequence token is -9, what a parent gave -1, what was not looked at -2.
    Sequences come as their code has them, those first that ended first.

    Args:
        targets: the right answers, one a prompt.
        answers: those extracted from each prompt's sequences; else what stands in the last box of each.
        results: avg_acc, pass_at_1 (their name for Pass@k) and cons_at_max.
    Raises:
        TraceError: there is no run, one is still under way, or one has other settings than the first.
    """
    if not trees or any(tree.finished is None for tree in trees):
        raise TraceError("There is no finished run to export yet; run one to its end, or stop it.")
    started = trees[0].start
    own: dict[str, Any] = {"prompt": "", "prompt_digest": None, "by_hand": (), "precision": None, "device": None}
    if any(replace(tree.start, **own) != replace(started, **own) for tree in trees):
        raise TraceError("A result file has one model and one set of settings; export runs of other settings apart.")
    targets = list(targets) if targets is not None else [""] * len(trees)
    num_prompts = len(trees)
    return {
        "experiment_name": "eager-explorer",
        "params": _params(started),
        "data": {"data_name": "", "num_prompts": num_prompts, "targets": targets},
        "status": {
            "state": "COMPLETED",
            "completed_sequences": num_prompts,
            "total_sequences": num_prompts,
            "progress": f"{num_prompts}/{num_prompts}",
        },
        "extra": {"notes": "", "generation_time_so_far (s)": sum(tree.ledger().seconds for tree in trees)},
        **({"results": dict(results)} if results is not None else {}),
        DEFAULT if started.known("strategy") == "parallel" else AWARE: [
            _Entry(tree).record(targets[number], answers[number] if answers is not None else None)
            for number, tree in enumerate(trees)
        ],
    }


def _params(started: RunStarted) -> dict[str, Any]:
    """Return what their stage 2 starts from, and two settings of ours that an import reads again."""
    return {
        "model_name": started.model,
        "temperature": started.known("temperature"),
        "entropy_threshold": started.known("theta"),
        "max_sequences": started.known("max_sequences"),
        "seed": started.seed,
        "max_new_tokens": started.known("max_new_tokens"),
        "dynamic_entropy": started.known("strategy") == "reference" and started.known("dynamic_threshold"),
    }


@dataclass(frozen=True)
class _Written:
    """A sequence with what the file has of it."""

    sequence: TokenSequence
    start: int
    """Tokens that are its parent's."""
    entropies: list[float]

    @property
    def num_monitored(self) -> int:
        num_unmonitored = next((n for n, value in enumerate(reversed(self.entropies)) if value != UNMONITORED), 0)
        return len(self.entropies) - num_unmonitored


class _Entry:
    """One prompt's tree on its way into the file."""

    def __init__(self, tree: TokenTree) -> None:
        self._tree = tree
        self._is_aware = tree.start.known("strategy") != "parallel"
        self._own = _own_nodes(tree)
        self._measured: dict[int, float] = {}
        """By node: what the strategy measured where it forked, by which a branch is found again."""
        # A run that was ended within a fork has sequences without a token: there is nothing to write of them.
        self._forks = [fork for fork in tree.forks if (fork.new_sequence, fork.node) in self._own]
        for fork in self._forks:
            for number in (fork.sequence, fork.new_sequence):
                self._measured[self._child(fork, number).id] = fork.entropy
        starts = {fork.new_sequence: fork.step for fork in self._forks}
        # Each sequence that begins at the prompt is a run of its own there, with those that grew out of it.
        self._runs: dict[int, list[_Written]] = {}
        self._run_of: list[int] = []
        for sequence in tree.sequences:
            former = sequence.parent_sequence
            if former is not None and sequence.id not in starts:
                break  # such sequences are the last
            self._run_of.append(sequence.id if former is None else self._run_of[former])
            start = starts.get(sequence.id, 0)
            written = _Written(sequence, start, self._entropies(sequence, start))
            self._runs.setdefault(self._run_of[-1], []).append(written)

    def record(self, target: str, answers: Sequence[str | None] | None) -> dict[str, Any]:
        """Return the entry."""
        lines = [line for run in self._runs.values() for line in sorted(run, key=self._when_complete)]
        texts = {line.sequence.id: self._text(line) for line in lines}
        if answers is None:
            answers = [last_boxed(texts[number]) for number in range(len(lines))]
        if len(answers) == len(lines):
            answers = [answers[line.sequence.id] for line in lines]
        forks = sorted(self._forks, key=lambda fork: self._run_of[fork.new_sequence])
        # Their full sampling keeps the answers alone.
        frame = self._tree.start.prompt if self._is_aware else ""
        return {
            "prompt": self._tree.start.prompt,
            "generated_sequences": len(lines),
            "target": target,
            "extracted_answers": str(list(answers)),
            "generations": [frame + texts[line.sequence.id] for line in lines],
            "entropies": [str(line.entropies) for line in lines],
            "recorded_branches": [str(self._branch(fork)) for fork in forks],
        }

    def _text(self, line: _Written) -> str:
        """Return a sequence's text; with the mark of its end where a fork took it, as their code has it there."""
        leaf = self._tree.node(line.sequence.leaf)
        return self._tree.text(line.sequence) + (leaf.text if self._is_end_of_fork(line.sequence, leaf) else "")

    def _is_end_of_fork(self, sequence: TokenSequence, leaf: Node) -> bool:
        return sequence.finish_reason == "eos" and leaf.id in self._measured

    def _when_complete(self, line: _Written) -> tuple[int, int]:
        """Sequences that end while entropies are looked at are complete at once, the rest together afterwards."""
        return (len(line.entropies) if line.entropies[-1:] == [END] else _LAST, line.sequence.id)

    def _entropies(self, sequence: TokenSequence, num_reused: int) -> list[float]:
        path = self._tree.path(sequence.leaf)
        values = [self._entropy(node) for node in path[num_reused:]]
        is_ended = sequence.finish_reason == "eos" and self._is_aware and path
        if is_ended and not self._is_end_of_fork(sequence, path[-1]):
            values[-1] = float(END)
        return [REUSED] * num_reused + values

    def _entropy(self, node: Node) -> float:
        entropy = self._measured.get(node.id, node.entropy)
        if node.rule == "unmonitored":
            return float(UNMONITORED)
        return float(NOT_MEASURED[1]) if entropy is None else round(entropy, 4)

    def _child(self, fork: Forked, sequence: int) -> Node:
        """Return the token that a sequence of a fork goes on, or begins, with."""
        return self._own[sequence, fork.node]

    def _branch(self, fork: Forked) -> dict[str, Any]:
        before = "".join(node.text for node in self._tree.path(fork.node))
        first, other = (self._child(fork, sequence).text for sequence in (fork.sequence, fork.new_sequence))
        run = self._runs[self._run_of[fork.new_sequence]]
        active = [line for line in run if line.num_monitored > fork.step and (line is run[0] or line.start < fork.step)]
        return {
            "seq_idx": [line.sequence.id for line in active].index(fork.sequence),
            "gen_step": fork.step,
            "auto_selected_token": first,
            "entropy": fork.entropy,
            "entropy_threshold": self._tree.start.known("theta") if fork.threshold is None else fork.threshold,
            "man_token_original": first,
            "man_token_branch": other,
            "new_seq_idx": [line.sequence.id for line in run].index(fork.new_sequence),
            "last_generated_chars": (self._tree.start.prompt + before)[-_NUM_LAST_CHARACTERS:],
        }


def _own_nodes(tree: TokenTree) -> dict[tuple[int, int], Node]:
    """Return the nodes by the sequence that made them, the first one by id whose path they are on, and their parent."""
    seen: set[int] = set()
    own: dict[tuple[int, int], Node] = {}
    for sequence in tree.sequences:
        node = tree.node(sequence.leaf)
        while node.parent is not None and node.id not in seen:
            seen.add(node.id)
            own[sequence.id, node.parent] = node
            node = tree.node(node.parent)
    return own
