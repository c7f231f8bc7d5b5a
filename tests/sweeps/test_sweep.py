"""A sweep's table against one cold run a cell, whatever the grid and the strategy."""

import json
from dataclasses import asdict, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eager_core import Exploration, Settings, SettingsError
from eager_core.calibration import walk_pilots
from eager_core.grading import Task, TaskSet
from eager_core.outcomes import outcome_of, swept_trees
from eager_core.sweeps import (
    Grew,
    PromptFinished,
    PromptStarted,
    Sweep,
    SweepPlan,
    SweepStarted,
    SweepTally,
    TimeLeft,
    front_of,
    pilots_of,
    results_of,
)
from eager_core.walked import walked_paths
from tests.experiment.tiny_tasks import tiny_engine, tiny_tasks
from tests.scripted_engine import ScriptedMemory
from tests.sweeps.twin import slow_cells, slow_front, slow_mean

BASE = Settings(temperature=1.0, max_new_tokens=7)
THETAS = st.lists(st.sampled_from([0.0, 0.5, 1.2, 1.8, 2.5, 2.9, 3.5]), min_size=1, max_size=4, unique=True)
VALUES_OF_M = st.lists(st.integers(1, 9), min_size=1, max_size=3, unique=True)


@st.composite
def plans(draw):
    strategy = draw(st.sampled_from(["paper", "paper", "reference", "percentile", "parallel", "greedy"]))
    run = replace(
        BASE,
        strategy=strategy,
        temperature=draw(st.sampled_from([0.0, 0.6, 1.3])),
        cap=draw(st.sampled_from(["total", "active"])),
        measure=draw(st.sampled_from(["top_k_entropy", "varentropy", "top_2_margin"])),
    )
    thetas = draw(THETAS)
    if strategy not in ("paper", "reference"):
        thetas = thetas[:1]
    return SweepPlan(run, thetas, draw(VALUES_OF_M), draw(st.booleans()), draw(st.integers(0, 3)))


def swept(plan, tasks, engine=None):
    sweep = Sweep(engine or tiny_engine(), tasks, plan)
    return sweep, [told.record for told in sweep.run() if isinstance(told, PromptFinished)]


@settings(max_examples=30, deadline=None)
@given(plans(), st.integers(1, 4))
def test_every_cell_is_a_single_cold_run(plan, num_prompts):
    tasks = tiny_tasks(num_prompts)
    sweep, records = swept(plan, tasks)
    results = sweep.results()
    assert len(results["cells"]) == len(plan.walks)
    num_separate = 0
    for walk, (run, cell) in enumerate(zip(plan.walks, results["cells"], strict=True)):
        scores, outcomes, num_nodes = slow_cells(tiny_engine(), tasks, plan, run)
        num_separate += sum(num_nodes)
        for record, score, outcome, nodes in zip(records, scores, outcomes, num_nodes, strict=True):
            assert record.score(walk) == score
            walked = record.walks[walk]
            assert (walked.num_tokens, walked.num_forks, walked.full_tokens, walked.num_nodes) == (
                outcome.num_tokens, outcome.num_forks, outcome.full_tokens, nodes,
            )  # fmt: skip
        for name, values in {
            "num_tokens": [score.num_tokens for score in scores],
            "num_sequences": [score.num_sequences for score in scores],
            "num_forks": [outcome.num_forks for outcome in outcomes],
            "pass_at_k": [score.num_correct > 0 for score in scores],
            "cons_at_k": [score.is_majority_correct for score in scores],
            "pass_rate": [score.num_correct / score.num_sequences for score in scores],
        }.items():
            assert cell[name] == pytest.approx(slow_mean(values)), name
        full, _, _ = slow_cells(tiny_engine(), tasks, plan, replace(run, strategy="parallel"))
        saved = 1 - sum(score.num_tokens for score in scores) / sum(score.num_tokens for score in full)
        has_full = plan.has_baseline or run.strategy == "parallel"
        assert cell["saved_fraction"]["value"] == (pytest.approx(saved) if has_full else None)
        has_theta = run.strategy in ("paper", "reference")
        assert (cell["theta"], cell["max_sequences"]) == (run.theta if has_theta else None, run.max_sequences)
    assert results["sharing"]["num_nodes_separate"] == num_separate
    points = [(cell["num_tokens"]["value"], cell["pass_at_k"]["value"]) for cell in results["cells"]]
    assert sorted(results["front"]) == slow_front(points)
    assert [place for place, cell in enumerate(results["cells"]) if cell["on_front"]] == slow_front(points)


@settings(max_examples=40, deadline=None)
@given(plans())
def test_walked_paths_are_the_trees(plan):
    """The store of paths against a `TokenTree` for each walk."""
    with Exploration(tiny_engine(), "pp") as one, Exploration(tiny_engine(), "pp") as other:
        paths, trees = walked_paths(one, plan.walks), swept_trees(other, plan.walks)
        assert paths.num_nodes == len(other.knowledge.nodes) - 1 and paths.num_growing == 0
        assert paths.depth == max(node.depth for tree in trees for node in tree.nodes())
        for number, tree in enumerate(trees):
            run, outcome = paths.run(number), outcome_of(tree)
            assert (run.settings, run.num_tokens, len(run.kept), run.num_forks, run.full_tokens) == (
                outcome.settings, outcome.num_tokens, outcome.num_sequences, outcome.num_forks, outcome.full_tokens,
            )  # fmt: skip
            assert run.num_pruned == len(tree.sequences) - len(tree.kept_sequences)
            for walked, sequence in zip(run.kept, tree.kept_sequences, strict=True):
                assert paths.text(walked) == tree.text(sequence)
                assert paths.num_sequence_tokens(walked) == tree.num_tokens(sequence)
                assert walked.finish_reason == sequence.finish_reason


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 3)), max_size=12))
def test_the_front_is_what_nothing_betters(points):
    front = front_of(points)
    assert sorted(front) == slow_front(points)
    assert [points[place] for place in front] == sorted(points[place] for place in front)


def test_strategies_differ_inside_one_sweep():
    plan = SweepPlan(BASE, (0.5, 2.0), (2, 4))
    assert [(run.strategy, run.max_sequences) for run in plan.walks] == [
        ("paper", 2), ("paper", 2), ("paper", 4), ("paper", 4), ("parallel", 2), ("parallel", 4),
    ]  # fmt: skip
    assert [plan.baseline_of(walk) for walk in range(6)] == [4, 4, 5, 5, 4, 5]


def test_results_need_neither_model_nor_grader():
    plan = SweepPlan(BASE, (0.5, 2.0), (2, 4))
    sweep, records = swept(plan, tiny_tasks(3))
    whole = sweep.results()
    assert results_of(plan, reversed(records)) == {name: whole[name] for name in ("cells", "front", "sharing")}


@pytest.mark.parametrize("has_baseline", [True, False])
def test_records_are_pilots_too(has_baseline):
    tasks, plan = tiny_tasks(3), SweepPlan(BASE, (0.5, 2.0, 2.9), (2, 4), has_baseline)
    _, records = swept(plan, tasks)
    for most in (2, 4):
        run = replace(BASE, max_sequences=most)
        walked = list(walk_pilots(tiny_engine(), tasks.tasks, run, plan.thetas, grader=tasks.grader))
        assert pilots_of(plan, records, most) == walked
    with pytest.raises(SettingsError, match=r"max_sequences \(M\) is 3, but was swept at 2, 4"):
        pilots_of(plan, records, 3)


def test_a_sequence_that_many_walks_end_in_stands_once_and_is_judged_once():
    judged = []

    class Counts:
        def extract(self, text):
            return text

        def is_correct(self, task, answer):
            judged.append(answer)
            return False

    plan = SweepPlan(BASE, (3.5, 3.6, 3.7), (1, 2, 3), has_baseline=False)
    _, (record,) = swept(plan, TaskSet("one", (Task("t", "p", ""),), Counts()))
    assert len(record.sequences) == len(judged) == 1
    assert all(walk.sequences == (0,) for walk in record.walks)


class CountsOpen(ScriptedMemory):
    num_open = most_open = 0

    def __init__(self, engine):
        super().__init__(engine)
        CountsOpen.num_open += 1
        CountsOpen.most_open = max(CountsOpen.most_open, CountsOpen.num_open)

    def close(self):
        CountsOpen.num_open -= 1


def test_one_exploration_is_open_at_a_time_and_none_in_the_end(monkeypatch):
    engine = tiny_engine()
    monkeypatch.setattr(type(engine), "open", lambda self, ids: CountsOpen(self))
    swept(SweepPlan(BASE, (1.0,), (2,)), tiny_tasks(4), engine)
    assert (CountsOpen.most_open, CountsOpen.num_open) == (1, 0)
    asked = iter(range(100))
    list(Sweep(engine, tiny_tasks(4), SweepPlan(BASE, (1.0,), (2,))).run(lambda: next(asked) > 5))
    assert CountsOpen.num_open == 0


def test_what_is_told():
    sweep = Sweep(tiny_engine(), tiny_tasks(2), SweepPlan(BASE, (0.5, 2.5), (3,)))
    told = list(sweep.run())
    assert told[0] == SweepStarted(2, 3, 0)
    assert [one.number for one in told if isinstance(one, PromptStarted)] == [0, 1]
    assert [(one.number, one.num_done) for one in told if isinstance(one, PromptFinished)] == [(0, 1), (1, 2)]
    grew = [one for one in told if isinstance(one, Grew) and one.number == 0]
    assert [one.depth for one in grew] == list(range(1, len(grew) + 1))
    assert all(one.num_growing <= 3 and one.seconds_left >= 0 for one in grew)
    assert [one.num_nodes for one in grew] == sorted({one.num_nodes for one in grew})
    assert sweep.is_whole


def test_a_stop_keeps_the_prompts_that_are_done():
    plan, asked = SweepPlan(BASE, (0.5, 2.5), (3,)), iter(range(10**6))
    sweep = Sweep(tiny_engine(), tiny_tasks(4), plan)
    done = [one for one in sweep.run(lambda: next(asked) > 12) if isinstance(one, PromptFinished)]
    assert 1 <= len(done) == sweep.num_done < 4 and not sweep.is_whole
    assert sweep.results()["num_done"] == len(done)
    assert Sweep(tiny_engine(), tiny_tasks(4), plan).results()["cells"] == []


def test_without_intervals_the_values_are_the_same():
    sweep, records = swept(SweepPlan(BASE, (0.5, 2.5), (3,)), tiny_tasks(3))
    tally = SweepTally(sweep.plan)
    for record in records:
        tally.add(record)
    for quick, whole in zip(tally.to_json(intervals=False)["cells"], sweep.results()["cells"], strict=True):
        for name, value in whole.items():
            expected = {**value, "low": None, "high": None} if isinstance(value, dict) else value
            assert quick[name] == expected


def test_the_time_left_is_told_from_what_was():
    clock = iter([0.0, 100.0, 110.0, 200.0, 203.0, 300.0, 320.0])
    left = TimeLeft(4, now=lambda: next(clock))
    left.begin()
    assert left.left(0.25) == 30 + 3 * 40  # 10 s for a quarter of the way
    left.finish(30.0)
    left.begin()
    assert left.left(0.5) == 27 + 2 * 30
    left.finish(10.0)
    left.begin()
    assert left.left(0.5) == 0 + 20  # it takes longer than the others did


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"thetas": ()}, "no value of theta"),
        ({"max_sequences": ()}, r"no value of max_sequences \(M\)"),
        ({"thetas": tuple(range(100)), "max_sequences": tuple(range(1, 101))}, "10,100 settings"),
        ({"thetas": (float("nan"),)}, "theta is nan"),
        ({"thetas": (-1.0,)}, "theta is -1.0"),
        ({"max_sequences": (0,)}, "is 0"),
        ({"settings": Settings(strategy="percentile")}, "percentile has no theta, but 10"),
        ({"seed": -1}, "seed is -1"),
        ({"date": "soon"}, "soon"),
    ],
)
def test_plans_that_make_no_sense(changes, words):
    with pytest.raises(SettingsError, match=words):
        SweepPlan(**changes)


def test_a_record_goes_to_json_and_back():
    _, records = swept(SweepPlan(BASE, (0.5, 2.5), (3,)), tiny_tasks(2))
    for record in records:
        assert type(record).from_json(json.dumps(record.to_json())) == record
        assert asdict(record) == record.to_json()
