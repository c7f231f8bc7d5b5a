"""Prompts that the model can't be asked are left out before anything runs, and named."""

import json
from dataclasses import replace

import pytest
from rich.console import Console

from components.experiments.form import Form
from components.experiments.handlers import ExperimentHandlers
from components.visitors.engines import Engines
from components.visitors.session import Visitors
from eager_core import PromptError, Settings
from eager_core.experiment import Experiment, Plan, PromptStarted, ResultsFolder, TasksLeftOut, left_out_words
from eager_core.terminal.experiment import show_experiment
from tests.components.experiments.test_handlers import ME, run
from tests.experiment.tiny_tasks import PromptedEngine, tiny_tasks
from tests.scripted_engine import hashed_logprobs

PLAN = Plan(Settings(theta=1.2, max_sequences=3, temperature=1.0, max_new_tokens=6), ("parallel", "init", "adapt"))


class ShortEngine(PromptedEngine):
    """Takes prompts of up to ten characters."""

    def __init__(self) -> None:
        super().__init__(hashed_logprobs(60))
        self.encoded = []

    def encode_prompt(self, prompt, *date):
        self.encoded.append(prompt)
        if len(prompt) > 10:
            raise PromptError(f"The prompt has {len(prompt)} tokens, but the context holds 10; shorten it.")
        return super().encode_prompt(prompt, *date)


def some_too_long(*places: int):
    tasks = tiny_tasks(5)
    longer = [replace(t, prompt="x" * (20 + n)) if n in places else t for n, t in enumerate(tasks.tasks)]
    return replace(tasks, tasks=tuple(longer))


def test_the_others_are_run_as_if_they_had_never_been_there(tmp_path):
    given = some_too_long(1, 3)
    experiment = Experiment(ShortEngine(), given, PLAN, ResultsFolder(tmp_path))
    told = list(experiment.run())
    assert [(one.number, one.task.id) for one in experiment.left_out] == [(1, "t1"), (3, "t3")]
    assert isinstance(told[0], TasksLeftOut) and told[0].num_tasks == 5
    words = left_out_words(told[0].left_out, told[0].num_tasks)
    assert words.startswith("2 of 5 tasks are left out, numbers 2 (t1), 4 (t3)") and "21 tokens" in words
    kept = replace(given, tasks=tuple(given.tasks[number] for number in (0, 2, 4)))
    alone = Experiment(ShortEngine(), kept, PLAN)
    list(alone.run())
    for stage, records in alone.records.items():
        assert [r.sequences for r in records] == [r.sequences for r in experiment.records[stage]]
    left_out = json.loads((tmp_path / "results.json").read_text())["left_out"]
    assert [(one["number"], one["task_id"]) for one in left_out] == [(1, "t1"), (3, "t3")]
    # And again: nothing is run, nothing aborts.
    again = list(Experiment(ShortEngine(), given, PLAN, ResultsFolder(tmp_path)).run())
    assert not [event for event in again if isinstance(event, PromptStarted)]


def test_all_prompts_are_checked_before_the_first_is_run():
    engine = ShortEngine()
    Experiment(engine, some_too_long(4), PLAN)
    assert engine.encoded == [task.prompt for task in some_too_long(4).tasks]


def test_a_set_without_any_that_fits_is_refused_in_a_sentence():
    with pytest.raises(PromptError, match="No prompt of tiny can be run; the first one: The prompt has 20 tokens"):
        Experiment(ShortEngine(), some_too_long(*range(5)), PLAN)


def test_one_alone_is_named_with_its_reason():
    experiment = Experiment(ShortEngine(), some_too_long(2), PLAN)
    words = left_out_words(experiment.left_out, 5)
    assert words == (
        "1 of 5 tasks is left out, number 3 (t2): The prompt has 22 tokens, but the context holds 10; shorten it."
    )


def test_half_a_character_is_left_out_as_no_file_can_hold_it(tmp_path):
    tasks = tiny_tasks(3)
    halved = replace(tasks, tasks=(replace(tasks.tasks[0], prompt="a\ud83d"), *tasks.tasks[1:]))
    experiment = Experiment(ShortEngine(), halved, PLAN, ResultsFolder(tmp_path))
    list(experiment.run())
    assert [one.task.id for one in experiment.left_out] == ["t0"] and len(experiment.records["init"]) == 2


def test_the_terminal_says_so(capsys):
    experiment = Experiment(ShortEngine(), some_too_long(0), PLAN)
    show_experiment(experiment, Console(width=200))
    assert "1 of 5" in capsys.readouterr().out


def test_the_page_says_so_beside_the_experiment(tmp_path):
    engine = ShortEngine()
    handlers = ExperimentHandlers(Engines(lambda name, precision: engine), Visitors())
    file = tmp_path / "mine.jsonl"
    prompts = ["short", "<b>" + "y" * 20, "brief"]
    file.write_text("".join(json.dumps({"prompt": prompt, "answer": 1}) + "\n" for prompt in prompts))
    handlers.upload(str(file), ME)
    form = Form(tasks="file", num_prompts=3, theta=1.2, max_sequences=3, temperature=1.0, max_new_tokens=6)
    deltas, problems = run(handlers, form)
    assert deltas[-1]["progress"]["state"] == "done"
    assert "1 of 3 tasks is left out, number 2 (mine-2)" in problems[-1]
    start = next(delta["start"] for delta in deltas if "start" in delta)
    assert start["prompts"] == ["short", "brief"]
