"""However an experiment ends, what its grader holds is freed: a process, where mathematics are compared."""

from dataclasses import replace

import pytest

from components.experiments.form import OWN_FILE, Form
from components.experiments.handlers import ExperimentHandlers
from components.visitors.engines import Engines
from components.visitors.session import Visitors
from eager_core import ModelError, Settings
from eager_core.experiment import Experiment, Plan
from eager_core.grading import Task, TaskSet
from eager_core.terminal import main
from tests.components.experiments.test_handlers import ME, run
from tests.experiment.tiny_tasks import ThirdToken, tiny_engine, tiny_tasks

PLAN = Plan(Settings(theta=1.2, max_sequences=3, temperature=1.0, max_new_tokens=6), ("init", "full"))


class Holding(ThirdToken):
    """Holds something from its first judgement until it is closed."""

    def __init__(self) -> None:
        self.is_held, self.num_held = False, 0

    def is_correct(self, task, answer):
        self.num_held += not self.is_held
        self.is_held = True
        return super().is_correct(task, answer)

    def close(self):
        self.is_held = False


def holding_tasks(num_prompts: int = 3) -> TaskSet:
    return replace(tiny_tasks(num_prompts), grader=Holding())


def test_at_the_end_and_after_a_stop():
    tasks = holding_tasks()
    list(Experiment(tiny_engine(), tasks, PLAN).run())
    assert (tasks.grader.is_held, tasks.grader.num_held) == (False, 1)
    asked = iter(range(10**6))
    list(Experiment(tiny_engine(), tasks, PLAN).run(lambda: next(asked) > 15))
    assert (tasks.grader.is_held, tasks.grader.num_held) == (False, 2)


@pytest.mark.parametrize("error", [KeyboardInterrupt, ModelError("gone")])
def test_when_something_breaks_in_the_middle(error):
    tasks = holding_tasks()
    events = Experiment(tiny_engine(), tasks, PLAN).run()
    while not tasks.grader.is_held:
        assert next(events) is not None
    with pytest.raises(error if isinstance(error, type) else type(error)):
        events.throw(error)
    assert not tasks.grader.is_held


def test_when_nobody_listens_any_more():
    tasks = holding_tasks()
    events = Experiment(tiny_engine(), tasks, PLAN).run()
    while not tasks.grader.is_held:
        next(events)
    events.close()
    assert not tasks.grader.is_held


def test_the_command_line_closes_it_even_if_the_model_cannot_be_loaded(tmp_path, monkeypatch, capsys):
    made = []

    class Counting(TaskSet):
        def close(self):
            made.append(self)
            super().close()

    tasks = Counting("t", (Task("t", "p", "1"),), Holding())
    tasks.grader.is_held = True
    monkeypatch.setattr("eager_core.terminal.commands.load_tasks", lambda *_: tasks)
    assert main(["experiment", "--tasks", "t", "--out", str(tmp_path / "out"), "--model", "no-such/model"]) == 2
    assert made == [tasks] and not tasks.grader.is_held and capsys.readouterr().err


def test_a_visitor_who_leaves_leaves_no_process_behind():
    engine = tiny_engine()
    handlers = ExperimentHandlers(Engines(lambda name, precision: engine), Visitors())
    tasks = handlers.trial("me").own_tasks = holding_tasks(30)
    form = Form(tasks=OWN_FILE, num_prompts=30, theta=1.2, max_sequences=4, temperature=1.0, max_new_tokens=20)
    trial = handlers.trial("me")

    def leave_once_some_are_done(delta):
        if delta.get("graded"):
            handlers.leave(ME)

    run(handlers, form, on_delta=leave_once_some_are_done)
    with trial._turn:  # its thread has ended
        assert tasks.grader.num_held == 1 and not tasks.grader.is_held
