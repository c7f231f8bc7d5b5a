"""A sweep on its way to the page: progress in, JSON deltas out.

    {"run": 2, "seq": 5, "start": {...}, "results": {...}, "progress": {...}}

All but `progress` is told once, when it has changed. Of two values that Gradio sets within a frame the page sees the
second only: it finds a gap in `seq`, and asks for `snapshot`, which holds all.
"""

import json
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from components.experiments.pace import duration
from components.sweeps.table import METRICS, shown_results
from eager_core.grading import TaskSet
from eager_core.sweeps import Grew, PromptFinished, PromptStarted, SweepPlan, SweepProgress

STATES = {"running": "", "done": "Done", "stopped": "Stopped; results so far are kept", "failed": "Ended by an error"}


@dataclass(frozen=True)
class Step:
    """One thing that happened, and the results where they changed with it."""

    progress: SweepProgress
    results: dict[str, Any] | None = None


class Report:
    """What is known of one sweep, and how much of it was sent. Any method may be called from any thread."""

    def __init__(self, run: int, tasks: TaskSet, plan: SweepPlan, model: str) -> None:
        """Args: run: this sweep's number among its visitor's; the page shows the highest it has seen."""
        self.run = run
        self.state = "running"
        self._tasks = tasks
        self._plan = plan
        self._num_done = 0
        self._number: int | None = None
        self._grew: Grew | None = None
        self._seq = 0
        self._num_snapshots = 0
        settings = plan.settings
        self._whole: dict[str, Any] = {
            "start": {
                "metrics": [[label, kind] for _, label, kind, _ in METRICS],
                "conditions": f"{tasks.name} · {len(tasks.tasks)} prompts · {len(plan.walks)} settings · "
                f"τ = {settings.temperature:g} · {settings.max_new_tokens} tokens · seed {plan.seed} · {model}",
            }
        }
        self._changed = {"start"}
        self._lock = threading.RLock()

    def told(self, steps: Iterable[Step]) -> str:
        """Take in what has happened, and return the delta that tells it."""
        with self._lock:
            results = None
            for step in steps:
                self._take(step.progress)
                results = step.results or results
            if results is not None:  # drawn once for all that came together
                self._set("results", shown_results(results, len(self._plan.walks)))
            return self._delta()

    def ended(self, state: str) -> str:
        """Take note how it ended, a key of `STATES`, and return the delta that tells it."""
        with self._lock:
            self.state = state
            return self._delta()

    def snapshot(self) -> str:
        """Return as JSON all that is known."""
        with self._lock:
            self._num_snapshots += 1  # Gradio hands on a value only where it differs from the last
            return self._message({**self._whole, "snapshot": self._num_snapshots})

    def _take(self, progress: SweepProgress) -> None:
        match progress:
            case PromptStarted(number=number):
                self._number, self._grew = number, None
            case Grew():
                self._grew = progress
            case PromptFinished(num_done=num_done):
                self._num_done, self._number, self._grew = num_done, None, None

    def _set(self, name: str, value: Any) -> None:
        self._whole[name] = value
        self._changed.add(name)

    def _delta(self) -> str:
        told = {name: self._whole[name] for name in self._whole if name in self._changed}
        self._changed.clear()
        self._seq += 1
        return self._message(told)

    def _message(self, told: Mapping[str, Any]) -> str:
        message = {"run": self.run, "seq": self._seq, **told, "progress": self._progress()}
        return json.dumps(message, ensure_ascii=False, separators=(",", ":"), allow_nan=False)

    def _progress(self) -> dict[str, Any]:
        num_prompts, grew = len(self._tasks.tasks), self._grew
        parts = [STATES[self.state]] if self.state != "running" else []
        share = self._num_done / num_prompts
        if self.state == "running" and self._number is not None:
            parts.append(f"prompt {self._number + 1} of {num_prompts}")
            if grew is not None:
                parts.append(f"{grew.num_nodes:,} tokens, {grew.num_growing} of {len(self._plan.walks)} walks growing")
                share += min(1.0, grew.depth / self._plan.settings.max_new_tokens) / num_prompts
        parts.append(f"{self._num_done} of {num_prompts} done")
        if self.state == "running" and grew is not None:
            parts.append(f"about {duration(grew.seconds_left)} left")
        return {"state": self.state, "share": min(1.0, share), "words": " · ".join(parts)}
