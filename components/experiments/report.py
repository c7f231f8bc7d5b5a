"""An experiment on its way to the page: progress in, JSON deltas out.

A delta says only what is new of the trees, and again, whole, what is short and has changed:

    {"run": 2, "seq": 5, "start": {...}, "grown": [["init", 3, 1, [[0, -1, 12, "2h0"], [1, 0, 14, "a"]]]],
     "graded": [["init", 2, {...}]], "pot": {...}, "allocations": ["..."], "table": {...}, "plots": {...},
     "progress": {...}}

`start` comes once. `grown` has [stage, prompt, generation, cells], the cells as `miniature` gives them; a higher
generation means that the prompt runs anew. Of two values that Gradio sets within a frame the page
sees the second only: it finds a gap in `seq`, and asks for `snapshot`.
"""

import json
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from components.experiments.excerpts import excerpts
from components.experiments.miniature import Miniature
from components.experiments.pace import duration, seconds_left
from components.experiments.plots import plots
from components.experiments.pot import allocation_words, filling, shared_out
from components.experiments.table import table
from components.tree.graphemes import clip
from eager_core.budget import Allocation
from eager_core.events import NodeAdded
from eager_core.experiment import (
    AllocationMade,
    Grew,
    Plan,
    Progress,
    PromptFinished,
    PromptRecord,
    PromptStarted,
    StageStarted,
)
from eager_core.grading import TaskSet

LONGEST_PROMPT_CHARACTERS = 300
"""What the page shows of a prompt; its tree holds all of it."""

STATES = {"running": "", "done": "Done", "stopped": "Stopped; results so far are kept", "failed": "Ended by an error"}


@dataclass(frozen=True)
class Step:
    """One thing that happened (None: the end), and the results where they changed with it."""

    progress: Progress | None
    results: dict[str, Any] | None = None


class Report:
    """What is known of one experiment, and how much of it was sent.

    `told`, `ended` and `snapshot` may be called from any thread; `take`, `end` and `delta` are their parts.
    """

    def __init__(
        self, run: int, tasks: TaskSet, plan: Plan, model: str, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Args: run: this experiment's number among its visitor's; the page shows the highest it has seen."""
        self.run = run
        self.state = "running"
        self._tasks = tasks
        self._plan = plan
        self._model = model
        self._clock = clock
        self._began = self._prompt_began = clock()
        self._stage: str | None = None
        self._number: int | None = None
        self._num_tokens = 0
        self._trees: dict[tuple[str, int], Miniature] = {}
        self._grades: dict[tuple[str, int], dict[str, Any]] = {}
        self._seconds: dict[str, list[float]] = {}
        self._records: dict[str, list[PromptRecord]] = {}
        self._allocations: list[str] = []
        self._whole: dict[str, Any] = {"pot": filling((), plan.settings.max_sequences), "allocations": []}
        self._seq = 0
        self._changed = {"start", *self._whole}
        self._grown: set[tuple[str, int]] = set()
        self._graded: list[tuple[str, int]] = []
        self._num_snapshots = 0
        self._lock = threading.RLock()
        """Held from what is taken in to the delta that tells it, so that no snapshot comes between."""

    def told(self, steps: Iterable[Step]) -> str:
        """Take in what has happened, and return the delta that tells it."""
        with self._lock:
            self.take(steps)
            return self.delta()

    def ended(self, state: str) -> str:
        """Take note how it ended, a key of `STATES`, and return the delta that tells it."""
        with self._lock:
            self.end(state)
            return self.delta()

    def take(self, steps: Iterable[Step]) -> None:
        """Take in what has happened."""
        results = None
        for step in steps:
            self._take(step.progress)
            results = step.results or results
        # Drawn once for all that came together.
        if results is not None:
            self._set("table", table(results, len(self._tasks.tasks)))
            self._set("plots", plots(results))

    def _take(self, progress: Progress | None) -> None:
        match progress:
            case StageStarted(stage=stage):
                self._stage, self._seconds[stage], self._records[stage] = stage, [], []
            case AllocationMade(allocation=Allocation() as allocation):  # of the only kind that the page asks for
                self._set("pot", shared_out(allocation))
                self._allocations.append(allocation_words(allocation))
                self._set("allocations", self._allocations)
            case PromptStarted(number=number):
                self._number, self._prompt_began = number, self._clock()
            case Grew(stage=stage, number=number, event=event):
                self._num_tokens += isinstance(event, NodeAdded)
                self._trees.setdefault((stage, number), Miniature()).take(event)
                self._grown.add((stage, number))
            case PromptFinished(stage=stage, record=record):
                self._finish(stage, record)

    def _finish(self, stage: str, record: PromptRecord) -> None:
        key = (stage, record.number)
        self._number = None
        self._seconds[stage].append(self._clock() - self._prompt_began)
        self._records[stage].append(record)
        self._grades[key] = {
            "sequences": len(record.sequences),
            "correct": sum(sequence.is_correct for sequence in record.sequences),
            "tokens": record.num_tokens,
            "saved": max(0, self._plan.settings.max_sequences - len(record.sequences)),
            "continued": key not in self._trees,
        }
        self._graded.append(key)
        if stage == "init":
            self._set("pot", filling(self._records[stage], self._plan.settings.max_sequences))

    def end(self, state: str) -> None:
        """Take note how it ended, a key of `STATES`."""
        self.state = state

    def delta(self) -> str:
        """Return as JSON what no delta has told yet."""
        self._seq += 1
        grown = [[*key, self._trees[key].generation, self._trees[key].new_cells()] for key in sorted(self._grown)]
        told = {name: self._value(name) for name in self._changed}
        message = self._message(told, grown, self._graded)
        self._grown, self._graded, self._changed = set(), [], set()
        return message

    def snapshot(self) -> str:
        """Return as JSON all that the deltas so far have told; the page takes it in place of what it has."""
        with self._lock:
            self._num_snapshots += 1  # in the message, as Gradio hands on a value only where it differs from the last
            grown = [[*key, tree.generation, tree.all_cells()] for key, tree in self._trees.items()]
            told = {name: self._value(name) for name in ("start", *self._whole)}
            return self._message(told | {"snapshot": self._num_snapshots}, grown, self._grades)

    def _message(self, told: dict[str, Any], grown: list, graded: Iterable[tuple[str, int]]) -> str:
        message = {
            "run": self.run,
            "seq": self._seq,
            **told,
            "grown": grown,
            "graded": [[*key, self._grades[key]] for key in graded],
            "progress": self._progress(),
        }
        return json.dumps(message, ensure_ascii=False, separators=(",", ":"))

    def _set(self, name: str, value: Any) -> None:
        self._whole[name] = value
        self._changed.add(name)

    def _value(self, name: str) -> Any:
        return self._start() if name == "start" else self._whole[name]

    def _start(self) -> dict[str, Any]:
        settings, tasks = self._plan.settings, self._tasks.tasks
        prompts = [clip(task.prompt, LONGEST_PROMPT_CHARACTERS) for task in tasks]
        return {
            "tasks": self._tasks.name,
            "prompts": prompts,
            "excerpts": excerpts(prompts),
            "stages": self._plan.ordered_stages,
            "max_sequences": settings.max_sequences,
            "max_new_tokens": settings.max_new_tokens,
            "conditions": f"{self._tasks.name} · {len(tasks)} prompts · M = {settings.max_sequences} · "
            f"θ = {settings.theta:g} · τ = {settings.temperature:g} · seed {self._plan.seed} · {self._model}",
        }

    def _progress(self) -> dict[str, Any]:
        stages, num_prompts = self._plan.ordered_stages, len(self._tasks.tasks)
        num_done = sum(map(len, self._seconds.values()))
        elapsed = self._clock() - self._began
        spent = self._clock() - self._prompt_began if self._number is not None else 0.0
        left = seconds_left(self._seconds, stages, num_prompts, spent) if self.state == "running" else None
        parts = [STATES[self.state]] if self.state != "running" else []
        if self.state == "running" and self._number is not None:
            parts.append(f"{self._stage}, prompt {self._number + 1} of {num_prompts}")
        parts.append(f"{num_done} of {num_prompts * len(stages)} done")
        rate = f" at {self._num_tokens / elapsed:.0f}/s" if elapsed > 0 else ""
        parts.append(f"{self._num_tokens:,} tokens{rate}")
        if left is not None:
            parts.append(f"about {duration(left)} left")
        return {
            "state": self.state,
            "stage": self._stage,
            "number": self._number,
            "share": num_done / (num_prompts * len(stages)),
            "words": " · ".join(parts),
        }
