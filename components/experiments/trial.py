"""One visitor's experiment: the one under way, its results, and the events of every tree in it."""

from collections.abc import Iterator

from components.experiments.form import Form
from components.experiments.report import Report, Step
from components.frame.controls import Controls
from components.visitors.newest_wins import NewestWins
from eager_core.engine import Engine
from eager_core.events import Event, RunStarted
from eager_core.experiment import Experiment, Grew, Plan, PromptFinished, StageFinished
from eager_core.grading import TaskSet


class Trial(NewestWins):
    """Experiments of one visitor, of which only the newest goes on. Visitors share nothing but the engines.

    `walk` runs in the thread that iterates it, and waits its turn until the one before has ended.
    """

    def __init__(self) -> None:
        super().__init__()
        self.own_tasks: TaskSet | None = None
        """What the visitor uploaded."""
        self.report: Report | None = None
        """Of the newest experiment that has begun to walk."""
        self.results: dict | None = None
        """As far as that experiment has come."""
        self.controls = Controls()
        """Those beside the tree when it was asked for: the model's name, for one."""
        self._events: dict[tuple[str, int], list[Event]] = {}
        self._is_right: dict[tuple[str, int], dict[tuple[int | None, ...], bool]] = {}
        self._stages: tuple[str, ...] = ()

    def walk(self, number: int, engine: Engine, form: Form, plan: Plan, controls: Controls) -> Iterator[Step]:
        """Yield what happens in experiment `number`; nothing, if it is over before its turn.

        Raises:
            EagerError: the tasks can't be had, a prompt is refused, or the model fails; what is done stays.
        """
        with self._turn:
            if self.is_over(number):
                return
            experiment = Experiment(engine, form.task_set(self.own_tasks, plan.seed), plan)
            self.report = Report(number, experiment.tasks, plan, engine.model_name)
            self.results, self.controls = None, controls
            self._events, self._is_right, self._stages = {}, {}, plan.ordered_stages
            try:
                for progress in experiment.run(lambda: self.is_over(number)):
                    if isinstance(progress, Grew):
                        self._keep(progress)
                    if isinstance(progress, PromptFinished):
                        record = progress.record
                        self._is_right[record.stage, record.number] = {
                            tuple(sequence.token_ids): sequence.is_correct for sequence in record.sequences
                        }
                    if isinstance(progress, PromptFinished | StageFinished):
                        # The intervals of a stage that is under way would cost as much after each prompt as at its end.
                        self.results = experiment.results(intervals=isinstance(progress, StageFinished))
                        yield Step(progress, self.results)
                    else:
                        yield Step(progress)
            finally:
                self.results = experiment.results() if any(experiment.records.values()) else None
            yield Step(None, self.results)

    def _keep(self, grew: Grew) -> None:
        events = self._events.setdefault((grew.stage, grew.number), [])
        if isinstance(grew.event, RunStarted):
            events.clear()
        events.append(grew.event)

    def events_of(self, stage: str, number: int) -> list[Event]:
        """Return the events of a prompt's tree as it stood in a stage; empty if there is none.

        A prompt that got nothing in stage 2 has the tree of stage 1.
        """
        if stage in self._stages and stage != "parallel" and (stage, number) not in self._events:
            stage = "init"
        return list(self._events.get((stage, number), ()))

    def is_right(self, stage: str, number: int) -> dict[tuple[int | None, ...], bool]:
        """Return whether a prompt's answers are right in a stage, by the token ids of their sequences; empty while the
        tree grows."""
        return dict(self._is_right.get((stage, number), {}))
