"""The experiment's small pure parts: form, miniature, pace, pot, table, plots."""

import json

import pytest

from components.experiments.excerpts import excerpts
from components.experiments.form import MOST_PROMPTS, Form, uploaded_tasks
from components.experiments.miniature import Miniature
from components.experiments.pace import duration, seconds_left
from components.experiments.plots import plots
from components.experiments.pot import allocation_words, filling, shared_out
from components.experiments.table import HEADINGS, table
from components.frame.controls import Controls
from components.tree.levels import LEVELS, UNKNOWN, level
from eager_core import Settings, SettingsError
from eager_core.budget import Outcome, allocate
from eager_core.events import Forked, NodeAdded, RunStarted, SequenceStarted
from eager_core.experiment import Experiment, Plan
from eager_core.settings import LARGEST_ENTROPY_NATS
from tests.experiment.tiny_tasks import tiny_engine, tiny_tasks


@pytest.fixture(scope="module")
def results() -> dict:
    run_settings = Settings(theta=1.2, max_sequences=4, temperature=1.0, max_new_tokens=8)
    experiment = Experiment(tiny_engine(), tiny_tasks(4), Plan(run_settings))
    list(experiment.run())
    return experiment.results()


def node(id: int, parent: int, depth: int, sequence: int, entropy: float | None) -> NodeAdded:
    return NodeAdded(id, parent, depth, 5, "x", entropy, -1.0, 1, 0.5, "drawn", sequence)


# ---- form


def test_the_form_takes_its_own_values_and_the_rest_from_beside_the_tree():
    plan = Form(theta=1, max_sequences=3, rules="reference", stages=["init"]).plan(Controls(top_p=0.5, seed=7))
    assert (plan.settings.theta, plan.settings.max_sequences, plan.settings.top_p) == (1.0, 3, 0.5)
    assert (plan.seed, plan.rules, plan.stages) == (7, "reference", ("init",))


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        (Form(num_prompts=0), "number of prompts is 0, but must be from 1"),
        (Form(num_prompts=None), "number of prompts is empty"),
        (Form(num_prompts=MOST_PROMPTS + 1), f"from 1 to {MOST_PROMPTS}"),
        (Form(theta=None), "theta is empty"),
        (Form(max_sequences=-2), "max_sequences (M) is -2"),
        (Form(stages=[]), "stages are []"),
        (Form(rules="mine"), "rules is 'mine'"),
        (Form(tasks="file"), "no file of tasks yet"),
        (Form(tasks="/etc/passwd"), "no task set '/etc/passwd'"),
    ],
)
def test_a_form_that_makes_no_sense_is_refused_in_a_sentence(form, sentence):
    with pytest.raises(SettingsError) as refused:
        form.check_num_prompts()
        form.check_tasks(None)
        form.plan(Controls())
    assert sentence in str(refused.value)


def test_an_upload_is_read_and_a_broken_one_is_named_without_its_folder(tmp_path):
    file = tmp_path / "mine.jsonl"
    file.write_text("".join(json.dumps({"prompt": f"p{n}", "answer": n}) + "\n" for n in range(60)), encoding="utf-8")
    tasks = uploaded_tasks(str(file))
    assert len(tasks.tasks) == MOST_PROMPTS
    assert len(Form(tasks="file", num_prompts=3).task_set(tasks, seed=0).tasks) == 3
    file.write_text('{"prompt": "p", "answer": 1}\n{"prompt": ', encoding="utf-8")
    with pytest.raises(SettingsError) as refused:
        uploaded_tasks(str(file))
    assert str(refused.value).startswith("mine.jsonl, line 2") and str(tmp_path) not in str(refused.value)


# ---- miniature


def test_levels_go_from_0_to_ln_20():
    assert (level(0.0), level(LARGEST_ENTROPY_NATS), level(99.0)) == (LEVELS[0], LEVELS[-1], LEVELS[-1])
    assert level(None) == level(float("nan")) == UNKNOWN


def test_a_miniature_tells_each_token_once_and_where_its_row_begins():
    tree = Miniature()
    for event in [RunStarted("m", "p", Settings()), node(1, 0, 1, 0, 0.0), Forked(1, 1, 0, 1, 2.0, 1.0, 5, 6)]:
        tree.take(event)
    tree.take(node(2, 1, 2, 0, None))
    assert tree.new_cells() == [[0, -1, 1, "0-"]]
    tree.take(node(3, 1, 2, 1, 99.0))
    tree.take(node(4, 2, 3, 0, 0.0))
    assert tree.new_cells() == [[0, -1, 3, "0"], [1, 0, 2, "z"]]
    assert tree.new_cells() == []
    assert tree.all_cells() == [[0, -1, 1, "0-0"], [1, 0, 2, "z"]]
    tree.take(RunStarted("m", "p", Settings()))
    tree.take(SequenceStarted(1))
    tree.take(node(1, 0, 1, 1, 0.0))
    assert (tree.generation, tree.new_cells()) == (2, [[1, -1, 1, "0"]])


# ---- excerpts


def test_prompts_are_told_apart_by_what_they_do_not_share():
    assert excerpts(["Work out: 1 + 2 =", "Work out: 10 - 2 ="]) == ["… 1 + 2 =", "… 10 - 2 ="]
    alike = ["Give the divisor of 12, 30. Only a number.", "Give the divisor of 8, 6. Only a number."]
    assert excerpts(alike) == ["… 12, 30. …", "… 8, 6. …"]
    assert excerpts(["Why?", "Where is it?"]) == ["Why?", "Where is it?"]
    assert excerpts(["the same", "the same"]) == ["the same", "the same"]
    assert excerpts(["one alone"]) == ["one alone"]


# ---- pace


def test_the_time_left_is_counted_from_what_prompts_of_the_stage_took():
    assert seconds_left({}, ("parallel", "init"), 2) is None
    assert seconds_left({"parallel": [4.0]}, ("parallel", "init"), 2) == 4 + 2 * 4
    assert seconds_left({"parallel": [4.0, 4.0], "init": [1.0]}, ("parallel", "init"), 2, current=0.25) == 0.75
    assert seconds_left({"init": [1.0, 1.0]}, ("init",), 2, current=5.0) == 0.0
    assert (duration(0.2), duration(40), duration(200)) == ("1 s", "40 s", "3 min")


# ---- pot


def test_the_pot_has_every_number_of_an_allocation_also_in_words():
    outcomes = [Outcome(4), Outcome(1), Outcome(1), Outcome(1)]
    pot = shared_out(allocate(outcomes, 4, "adapt"))
    assert (pot["saved"], pot["given"], pot["left"], pot["grants"]) == (9, 8, 1, [[0, 8, False]])
    given = "8 given to 1 prompt that reached M (the maximum is 2M = 8 in all)"
    assert pot["words"] == f"adapt: 9 sequences saved, {given}, 1 left."
    nobody = allocation_words(allocate([Outcome(1, True), Outcome(1, True)], 4, "full"))
    words = "full: 6 sequences saved, but there are no prompts without a correct answer: all of them stay in the pot."
    assert nobody == words
    nothing = allocation_words(allocate([Outcome(4)], 4, "adapt"))
    assert nothing == "adapt: every prompt used all its M sequences, so there is nothing to give away."
    assert filling((), 4)["left"] == 0


# ---- table and plots


def test_the_table_has_a_row_a_stage_with_intervals(results):
    shown = table(results, num_prompts=5)
    assert [row[0] for row in shown["rows"]] == [[stage, "4 of 5 prompts"] for stage in results["stages"]]
    assert all(len(row) == len(HEADINGS) for row in shown["rows"])
    row = dict(zip((name for name, _ in HEADINGS), shown["rows"][1], strict=True))
    interval = results["stages"]["init"]["pass_at_k"]
    value, low, high = (f"{100 * interval[end]:.0f}" for end in ("value", "low", "high"))
    assert row["Pass@k"] == [f"{value} %", f"{low} to {high}"]
    assert table(results, num_prompts=4)["rows"][0][0] == ["parallel", ""]


def test_the_plots_draw_what_the_results_say_or_nothing(results):
    figures = plots(results)
    assert [trace["name"] for trace in figures["curves"]["data"]] == list(results["stages"])
    assert [trace["name"] for trace in figures["savings"]["data"]] == ["init", "adapt", "full"]
    saved = [row["saved_tokens"] for row in results["prompts"]["init"]]
    assert figures["savings"]["data"][0]["y"] == saved
    json.dumps(figures, allow_nan=False)
    assert plots({"pass_at_k_against_tokens": {}, "prompts": {}}) == {"curves": None, "savings": None}
