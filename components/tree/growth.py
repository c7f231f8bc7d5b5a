"""A run on its way to the page: events in, small JSON deltas out.

A delta holds only what is new. The deltas of a run are numbered 1, 2, 3, ... (`seq`), so that the page can tell a
repeated one (Gradio repeats the last value of a generator) and a lost one (of two values set within a frame only the
second is shown), whatever was in it; it then asks to catch up. The answer to that holds all that the page may have
missed, up to and with delta number `seq`, and the number of the request (`answers`).

    {"run": 3, "seq": 7, "first": 120, "s": [0, 1], "w": "1d", "at": [[310, 2]],
     "from": 310, "a": [307, 2], "t": ["‧the", "↵"], "x": [[311, "\\n"]], "b": "11",
     "e": [131, 4], "l": [-52, -1], "r": [1, 2],
     "limbs": [[311, 4]], "gone": [], "forks": [[119, 0, 1]], "done": [], "running": true, "ledger": [...]}

From `from` on it tells of places (see `drawing`), from that place number on: what a token is, whichever run
walks it. `a` is the parent's place, `t` the token's label; `x` has places and their texts where the label, its marks of
spaces made spaces, is not the text; `b` says whether a word begins here. Entropies (e) and log-probabilities (l) are
hundredths of a nat, null where unknown. A limb is [its first place, its lane]; `gone` are first places of limbs that
are drawn no more.

The first line tells of the run's nodes, from node number `first` on: each one's sequence, the rule that chose it (a
letter), and its place, as stretches [first place, number of places]. So a run over known places costs a few bytes a
node, and one that repeats another a few bytes in all. A node's parent is the leaf of its sequence, so it is not sent. A
fork is [node, sequence, new sequence]; a sequence that begins at the prompt has -1 for the one it forked off. Where
answers are known, `start` has them as `judged`: [sequence, whether its answer is right].
"""

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from components.tree.drawing import PROMPT, Drawing
from components.tree.labels import SPACE_MARK, as_it_reads, token_label
from components.tree.trigger import told_of_run
from components.tree.word_starts import begins_word
from eager_core.events import Event, Forked, NodeAdded, RunFinished, RunStarted, SequenceFinished, SequenceStarted
from eager_core.tree import ROOT, Ledger, TokenTree
from eager_core.worth import TreeOutcomes, fork_outcomes

RULE_LETTERS = {
    "first": "1", "second": "2", "further": "3", "drawn": "d", "greedy": "g", "full": "f", "spent": "s", "ended": "e",
    "guarded": "t", "unmonitored": "u", "by_hand": "h",
}  # fmt: skip


@dataclass(frozen=True)
class _Extent:
    """How much has been told: of the run, and of the drawing that it shares with earlier runs; the ledger follows."""

    num_nodes: int = 0
    num_forks: int = 0
    num_done: int = 0
    num_places: int = 1
    num_limbs: int = 1
    num_forgotten: int = 0
    running: bool = True


@dataclass(frozen=True)
class Known:
    """What a page has, which asks to catch up."""

    run: int
    """The newest run that it has heard of; 0 for none."""
    num_nodes: int
    """Nodes that it has of that run, the prompt's counted."""
    num_places: int
    """Places that it has, the prompt's counted, of the drawing of that number."""
    drawing: int
    request: int
    """The number of its request."""


class Growth:
    """What is known of one run and how much of it was sent. Safe to use from any thread.

    What it tells is of one moment: events are taken in one by one under the lock of the drawing, under which every
    message is made. Adds to that drawing, which is the same for all runs of an exploration.
    """

    def __init__(self, run: int, drawing: Drawing | None = None) -> None:
        """Args: run: this run's number among its visitor's; the page shows the highest it has seen."""
        self.run = run
        self.running = True
        """Until the run's last event was taken in, or `end` was called."""
        self.drawing = drawing if drawing is not None else Drawing()
        self.tree = TokenTree()
        """The run's tree as far as its events were taken in."""
        self.outcomes: TreeOutcomes | None = None
        """What each fork was worth; None where no answer is known."""
        self._lock = self.drawing.lock
        self._seq = 0
        self._start: dict[str, Any] | None = None
        self._rules: list[str] = []
        self._sequences: list[int] = []
        self._places = [PROMPT]
        self._streams: dict[int, int] = {}
        self._forks: list[list[int]] = []
        self._done: list[list[Any]] = []
        self._sent = _Extent()

    def take(self, events: Iterable[Event]) -> None:
        """Take in the next events of the run."""
        for event in events:
            with self._lock:
                self.tree.apply(event)
                self._take(event)

    @property
    def has_news(self) -> bool:
        """Whether there is anything that no delta has told yet."""
        with self._lock:
            return self._extent() != self._sent

    def judge(self, is_right: Mapping[int, bool]) -> None:
        """Take note which answers are right, by the leaves of sequences that were judged; before the first delta."""
        with self._lock:
            self.outcomes = fork_outcomes(self.tree, is_right)
            judged = [[one.id, is_right[one.leaf]] for one in self.tree.sequences if one.leaf in is_right]
            if self._start is not None and judged:
                self._start["judged"] = judged

    @property
    def judged(self) -> dict[int, bool]:
        """Which answers are right, by the leaves of sequences that were judged."""
        with self._lock:
            told = (self._start or {}).get("judged", [])
            return {self.tree.sequences[sequence].leaf: right for sequence, right in told}

    def end(self) -> None:
        """Take note that no more events come, for whatever reason."""
        with self._lock:
            self.running = False

    def delta(self) -> str:
        """Return as JSON what no delta has told yet."""
        with self._lock:
            sent, self._sent = self._sent, self._extent()
            self._seq += 1
            return self._message(sent)

    def catch_up(self, known: Known) -> str:
        """Return as JSON all that a page may have missed which has what is `known`."""
        with self._lock:
            num_nodes = max(0, known.num_nodes - 1) if known.run == self.run else 0
            num_places = max(1, known.num_places) if known.drawing == self.drawing.number else 1
            return self._message(_Extent(num_nodes=num_nodes, num_places=num_places), known.request)

    def snapshot(self) -> TokenTree:
        """Return the run's tree as it stands at one moment; it does not grow."""
        return self.tree.snapshot()

    def _take(self, event: Event) -> None:
        match event:
            case RunStarted():
                self._begin(event)
            case NodeAdded():
                stream = self._streams.get(event.sequence, 0) if event.parent == ROOT else 0
                self._places.append(self.drawing.place(self._places[event.parent], event, stream))
                self._rules.append(RULE_LETTERS[event.rule])
                self._sequences.append(event.sequence)
            case Forked():
                self._forks.append([event.node, event.sequence, event.new_sequence])
            case SequenceStarted():
                self._streams[event.sequence] = event.sequence
                self._forks.append([ROOT, -1, event.sequence])
            case SequenceFinished():
                self._done.append([event.sequence, event.finish_reason])
            case RunFinished():
                self.running = False

    def _begin(self, started: RunStarted) -> None:
        drawing = self.drawing
        # All that earlier runs added was told by their own deltas, or is asked for by the page.
        self._sent = _Extent(0, 0, 0, drawing.num_places, len(drawing.first_places), len(drawing.forgotten))
        drawing.begin_run(started.settings.max_sequences)
        self._start = {
            "prompt": started.prompt,
            **told_of_run(started),
            "theta": started.known("theta"),
            "max_sequences": started.known("max_sequences"),
            "drawing": drawing.number,
            **({} if started.context_cap is None else {"context": started.context_cap.of_model}),
        }

    def _extent(self) -> _Extent:
        drawing = self.drawing
        return _Extent(
            len(self._rules), len(self._forks), len(self._done),
            drawing.num_places, len(drawing.first_places), len(drawing.forgotten), self.running,
        )  # fmt: skip

    def _message(self, told: _Extent, request: int | None = None) -> str:
        message = {
            "run": self.run,
            "seq": self._seq,
            **({} if request is None else {"answers": request}),
            **({"start": self._start} if told.num_nodes == 0 else {}),
            **self._run_columns(told),
            **self._place_columns(told),
            "running": self.running,
            "ledger": ledger_cells(self.tree.ledger()),
        }
        return json.dumps(message, ensure_ascii=False, separators=(",", ":"))

    def _run_columns(self, told: _Extent) -> dict[str, Any]:
        first = told.num_nodes
        return {
            "first": first + 1,
            "s": self._sequences[first:],
            "w": "".join(self._rules[first:]),
            "at": stretches(self._places[first + 1 :]),
            "forks": self._forks[told.num_forks :],
            "done": self._done[told.num_done :],
        }

    def _place_columns(self, told: _Extent) -> dict[str, Any]:
        drawing, first = self.drawing, told.num_places
        # All of them: the only place without a token is the prompt's, which stands before the first.
        tokens = [token for token in drawing.tokens[first:] if token is not None]
        parents = drawing.parents[first:]
        befores = [drawing.tokens[parent] for parent in parents]
        words = [
            before is None or begins_word(token.text, before.text)
            for token, before in zip(tokens, befores, strict=True)
        ]
        labels = [token_label(token.text, token_bytes=token.token_bytes) for token in tokens]
        limbs = range(told.num_limbs, len(drawing.first_places))
        return {
            "from": first,
            "a": parents,
            "t": labels,
            "x": [
                [place, as_it_reads(token.text)]
                for place, (label, token) in enumerate(zip(labels, tokens, strict=True), start=first)
                if label.replace(SPACE_MARK, " ") != token.text
            ],
            "b": "".join("01"[word] for word in words),
            "e": [_hundredths(token.entropy) for token in tokens],
            "l": [_hundredths(token.logprob) for token in tokens],
            "r": [token.rank for token in tokens],
            "limbs": [[drawing.first_places[limb], drawing.lanes_given[limb]] for limb in limbs],
            "gone": [drawing.first_places[limb] for limb in drawing.forgotten[told.num_forgotten :]],
        }


def stretches(places: Iterable[int]) -> list[list[int]]:
    """Return places as [first, number] of each stretch of successive ones."""
    found: list[list[int]] = []
    for place in places:
        if found and place == sum(found[-1]):
            found[-1][1] += 1
        else:
            found.append([place, 1])
    return found


def ledger_cells(ledger: Ledger) -> list[float]:
    """Return the ledger as the page's cells: generated, reused, parallel, saved fraction, passes, seconds."""
    return [
        ledger.generated_tokens,
        ledger.reused_prefix_tokens,
        ledger.parallel_tokens,
        round(ledger.saved_fraction, 3),
        ledger.forward_passes,
        round(ledger.seconds, 2),
    ]


def _hundredths(nats: float | None) -> int | None:
    return round(100 * nats) if nats is not None and math.isfinite(nats) else None
