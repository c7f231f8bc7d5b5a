"""A run on its way to the page: events in, small JSON deltas out.

A delta holds only what is new, column by column, and says where it begins, so that the page can tell a repeated one
(Gradio repeats the last value of a generator) and a lost one (two values set within a frame show only the second):

    {"run": 3, "seq": 7, "first": 120, "s": [0, 1], "t": ["‧the", "‧a"], "e": [131, 4], "l": [-52, -1],
     "r": [1, 2], "w": "1d", "forks": [[119, 0, 1, 4]], "done": [], "running": true, "ledger": [...]}

Entropies (e) and log-probabilities (l) are hundredths of a nat, null where unknown. A node's parent is the leaf of its
sequence, so it is not sent. `w` has one letter a node: the rule that chose it. A fork is [node, sequence, new sequence,
its lane]; a sequence that begins at the prompt has -1 for the one it forked off.
"""

import json
import math
from collections.abc import Iterable
from typing import Any

from components.labels import token_label
from components.lanes import Lanes
from components.trigger import told_of_run
from eager_core.events import Event, Forked, NodeAdded, RunFinished, RunStarted, SequenceFinished, SequenceStarted
from eager_core.tree import ROOT, Ledger

RULE_LETTERS = {
    "first": "1", "second": "2", "further": "3", "drawn": "d", "greedy": "g", "full": "f", "spent": "s", "ended": "e",
    "guarded": "t", "unmonitored": "u", "by_hand": "h",
}  # fmt: skip


class Growth:
    """What is known of one run and how much of it was sent. `take` and `delta` are called by one thread at a time."""

    def __init__(self, run: int) -> None:
        """Args: run: this run's number among its visitor's; the page shows the highest it has seen."""
        self.run = run
        self.running = True
        """Until the run's last event was taken in, or `end` was called."""
        self._seq = 0
        self._start: dict[str, Any] | None = None
        self._nodes: list[NodeAdded] = []
        self._forks: list[list[int]] = []
        self._done: list[list[Any]] = []
        self._lanes = Lanes(1)
        self._num_sent = [0, 0, 0]

    def take(self, events: Iterable[Event]) -> None:
        """Take in the next events of the run."""
        for event in events:
            match event:
                case RunStarted(prompt=prompt, settings=settings):
                    self._lanes = Lanes(settings["max_sequences"])
                    self._start = {
                        "prompt": prompt,
                        "theta": settings["theta"],
                        "max_sequences": settings["max_sequences"],
                        **told_of_run(settings),
                    }
                case NodeAdded():
                    self._nodes.append(event)
                case Forked():
                    lane = self._lanes.fork(event.sequence, event.new_sequence)
                    self._forks.append([event.node, event.sequence, event.new_sequence, lane])
                case SequenceStarted():
                    self._forks.append([ROOT, -1, event.sequence, self._lanes.fork(0, event.sequence)])
                case SequenceFinished():
                    self._done.append([event.sequence, event.finish_reason])
                case RunFinished():
                    self.running = False

    def end(self) -> None:
        """Take note that no more events come, because the run failed."""
        self.running = False

    def delta(self, ledger: Ledger) -> str:
        """Return as JSON what no delta has told yet."""
        sent, self._num_sent = self._num_sent, [len(self._nodes), len(self._forks), len(self._done)]
        return self._message(ledger, *sent)

    def catch_up(self, ledger: Ledger, num_known: int) -> str:
        """Return as JSON all that a page which knows the nodes up to `num_known` may have missed."""
        return self._message(ledger, max(0, num_known - 1), 0, 0)

    def _message(self, ledger: Ledger, num_nodes: int, num_forks: int, num_done: int) -> str:
        self._seq += 1
        nodes = self._nodes[num_nodes:]
        message = {
            "run": self.run,
            "seq": self._seq,
            **({"start": self._start} if num_nodes == 0 else {}),
            "first": num_nodes + 1,
            "s": [node.sequence for node in nodes],
            "t": [token_label(node.text) for node in nodes],
            "e": [_hundredths(node.entropy) for node in nodes],
            "l": [_hundredths(node.logprob) for node in nodes],
            "r": [node.rank for node in nodes],
            "w": "".join(RULE_LETTERS[node.rule] for node in nodes),
            "forks": self._forks[num_forks:],
            "done": self._done[num_done:],
            "running": self.running,
            "ledger": ledger_cells(ledger),
        }
        return json.dumps(message, ensure_ascii=False, separators=(",", ":"))


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
