"""`python -m eager_core worth` on the scripted engine: the cost before it starts, the table, and refusals in a line."""

import json

import pytest

import eager_core
from eager_core.grading import TaskSet
from eager_core.terminal import main
from eager_core.terminal import worth as command
from tests.worth.parity_tasks import parity_engine, parity_tasks

ARGUMENTS = [
    "worth", "--tasks", "parity", "--num-prompts", "2", "--max-sequences", "4", "--max-new-tokens", "16",
    "--temperature", "1.0", "--num-places", "6", "--num-rollouts", "3",
]  # fmt: skip


@pytest.fixture
def scripted(monkeypatch):
    monkeypatch.setenv("COLUMNS", "160")
    monkeypatch.setattr(command, "load_tasks", lambda name, number, seed: parity_tasks(number))
    monkeypatch.setattr(eager_core, "load_engine", lambda model, precision: parity_engine(), raising=False)


def test_the_table_and_the_json(scripted, tmp_path, capsys):
    assert main([*ARGUMENTS, "--out", str(tmp_path / "out")]) == 0
    said = capsys.readouterr().out
    assert said.index("at most") < said.index("AUC")
    for words in ("top_k_entropy", "flatness", "full sampling", "Pass@k", "hits", "layer_divergence, which is left"):
        assert words in said
    assert "nan" not in said.lower()
    results = json.loads((tmp_path / "out" / "results.json").read_text())
    assert results["num_prompts"] == 2 and results["equal_forks"]
    # Once more: nothing is run again, and the same is said.
    assert main([*ARGUMENTS, "--out", str(tmp_path / "out")]) == 0
    assert capsys.readouterr().out == said


def test_some_measures(scripted, tmp_path, capsys):
    assert main([*ARGUMENTS, "--measures", "flatness, top_2_ratio", "--out", str(tmp_path)]) == 0
    said = capsys.readouterr().out
    assert "2 measures x 8 thetas" in said and "varentropy" not in said


def test_ctrl_c_keeps_what_is_done(scripted, tmp_path, capsys, monkeypatch):
    """The first prompt is done when it is pressed; the same command continues from there."""

    class Pressed:
        asked = 0

        def __enter__(self):
            return self.is_pressed

        def __exit__(self, *_):
            pass

        def is_pressed(self):
            Pressed.asked += 1
            return Pressed.asked > 70

    monkeypatch.setattr(command, "interrupted", Pressed)
    assert main([*ARGUMENTS, "--out", str(tmp_path)]) == 130
    assert "continues from there" in capsys.readouterr().out
    kept = {file.name for file in (tmp_path / "records").glob("*.json")}
    assert 0 < len(kept) < 4
    monkeypatch.undo()
    monkeypatch.setattr(command, "load_tasks", lambda name, number, seed: parity_tasks(number))
    monkeypatch.setattr(eager_core, "load_engine", lambda model, precision: parity_engine(), raising=False)
    assert main([*ARGUMENTS, "--out", str(tmp_path)]) == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--measures", "surprise"], "measures are surprise"),
        (["--measures", ","], "measures are none"),
        (["--theta", "1.5"], "leave it out"),
        (["--strategy", "greedy"], "leave it out"),
        (["--temperature", "0"], "temperature is 0"),
        (["--difference", "nan"], "difference is nan"),
        (["--num-places", "0"], "number of places is 0"),
        (["--num-rollouts", "1000"], "number of rollouts is 1000"),
        (["--max-sequences", "1"], "nothing forks"),
        (["--measures", "layer_divergence"], "does not tell layer_divergence"),
    ],
)
def test_refusals_are_one_sentence(scripted, tmp_path, capsys, arguments, words):
    assert main([*ARGUMENTS, "--out", str(tmp_path), *arguments]) == 2
    said = capsys.readouterr().err
    assert words in said and said.count("\n") == 1


def test_tasks_without_answers(scripted, tmp_path, capsys, monkeypatch):
    tasks = parity_tasks(2)
    silent = tuple(type(task)(task.id, task.prompt, "") for task in tasks.tasks)
    monkeypatch.setattr(command, "load_tasks", lambda *_: TaskSet("silent", silent, tasks.grader))
    assert main([*ARGUMENTS, "--out", str(tmp_path)]) == 2
    assert "No task of silent has an answer" in capsys.readouterr().err
