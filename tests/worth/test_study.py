"""A study of two prompts of 16 tokens: its records, against the trees and rollouts they stand for; and its analysis."""

import json
import math
from dataclasses import asdict, replace

import numpy as np
import pytest

from eager_core import Exploration, Settings, SettingsError, TraceError
from eager_core.grading import Task, TaskSet
from eager_core.outcomes import swept_trees
from eager_core.settings import MEASURES
from eager_core.uncertainty import MEASURE_OF_NAME
from eager_core.worth import ProbeRecord, TriggerRecord, WorthStudy, fork_outcomes, judged_leaves, worth_of
from eager_core.worth.plan import LEVELS, cost_words
from eager_core.worth.records import record_from_json, record_to_json
from eager_core.worth.rollouts import roll_out, rollout_streams
from tests.worth.parity_tasks import LastToken, parity_engine, parity_plan, parity_tasks

TOLD = tuple(name for name in MEASURES if name != "layer_divergence")


@pytest.fixture(scope="module")
def study():
    made = WorthStudy(parity_engine(), parity_tasks(2), parity_plan())
    made.done = list(made.run())
    return made


def known_nodes(record, knowledge):
    """The node of an exploration behind each of a record."""
    nodes = [knowledge.root]
    for parent, token_id in list(zip(record.parents, record.token_ids, strict=True))[1:]:
        nodes.append(nodes[parent].children[token_id])
    return nodes


def test_every_prompt_is_done_in_both_stages(study):
    assert [(done.stage, done.record.number, done.is_new) for done in study.done] == [
        ("samples", 0, True), ("samples", 1, True), ("walks", 0, True), ("walks", 1, True),
    ]  # fmt: skip
    assert study.num_steps == 4 and study.tasks.grader.num_closed == 1
    assert not study.engine.is_used


def test_a_probe_holds_every_sampled_token_and_all_its_measures(study):
    for record, task in zip(study.probes, study.tasks.tasks, strict=True):
        exploration = Exploration(parity_engine(), task.prompt)
        list(exploration.run(study.plan.samples))
        tree, nodes = exploration.tree, known_nodes(record, exploration.knowledge)
        paths = {tuple(n.token_id for n in tree.path(node.id)) for node in tree.nodes()}
        assert {tuple(node.path()) for node in nodes} == paths and len(nodes) == len(paths)
        for name in MEASURES:
            for node, value in zip(nodes, record.measures[name], strict=True):
                if node.prediction is None or name == "layer_divergence":
                    assert value is None
                else:
                    assert value == pytest.approx(MEASURE_OF_NAME[name].of(node.prediction), rel=1e-5, abs=1e-12)
        ends = [(tuple(nodes[leaf.node].path()), leaf.is_right) for leaf in record.leaves]
        judged = judged_leaves(tree, task, LastToken())
        assert ends == [(tuple(n.token_id for n in tree.path(s.leaf)), judged[s.leaf]) for s in tree.sequences]
        assert record.num_tokens == tree.ledger().generated_tokens


def test_places_are_rolled_out_from_the_two_most_likely_tokens(study):
    record, task = study.probes[0], study.tasks.tasks[0]
    assert 1 < len(record.places) <= study.plan.num_places
    exploration = Exploration(parity_engine(), task.prompt)
    list(exploration.run(study.plan.samples))
    knowledge = exploration.knowledge
    nodes = known_nodes(record, knowledge)
    for place in record.places:
        rights = []
        for token in nodes[place.node].prediction.token_ids[:2]:
            start = knowledge.child(nodes[place.node], int(token))
            (texts,) = roll_out(knowledge, [start], study.plan.settings, 0, rollout_streams(3)).texts
            rights.append(sum(LastToken().is_correct(task, LastToken().extract(text)) for text in texts))
        assert list(place.num_right) == rights and place.num_rollouts == 3
        assert place.gap == pytest.approx(abs(rights[0] - rights[1]) / 3)


def test_walks_are_runs_of_each_measure_at_quantiles_of_all_tokens(study):
    for name in TOLD:
        values = [v for record in study.probes for v in record.measures[name] if v is not None]
        thetas = [walk.theta for walk in study.triggers[0].walks if walk.measure == name]
        assert thetas == pytest.approx(list(np.quantile(values, LEVELS)), rel=1e-5)
    for record, task in zip(study.triggers, study.tasks.tasks, strict=True):
        assert len(record.walks) == len(TOLD) * len(LEVELS)
        for walk in record.walks[:: len(LEVELS) // 2]:
            exploration = Exploration(parity_engine(), task.prompt)
            list(exploration.run(replace(study.plan.settings, measure=walk.measure, theta=walk.theta)))
            tree = exploration.tree
            is_right = judged_leaves(tree, task, LastToken())
            told = fork_outcomes(tree, is_right)
            assert walk.num_forks == len(tree.forks) == sum(walk.forks.values())
            assert walk.forks.get("split", 0) == told.num_forks("split")
            assert (walk.num_tokens, walk.num_sequences) == (tree.ledger().generated_tokens, len(tree.sequences))
            assert walk.num_correct == sum(is_right.values())


def test_walks_share_their_passes(study):
    for record in study.triggers:
        assert record.forward_passes <= study.plan.settings.max_new_tokens
    for record in study.probes:
        assert record.forward_passes <= 2 * study.plan.settings.max_new_tokens


def test_results_are_numbers_and_need_no_model(study):
    results = study.results()
    json.dumps(results, allow_nan=False)
    assert set(results["measures"]) == set(TOLD)
    assert 0 < results["places"]["num_differing"] < results["places"]["num"]
    for told in results["measures"].values():
        assert 0 <= told["auc"]["value"] <= 1 and 0 <= told["hits"] <= 1 and len(told["walks"]) == len(LEVELS)
    assert "layer_divergence" in results["notes"][0]
    probes = [record_from_json(ProbeRecord, json.dumps(record_to_json(record))) for record in study.probes]
    triggers = [record_from_json(TriggerRecord, json.dumps(record_to_json(record))) for record in study.triggers]
    assert probes == study.probes and triggers == study.triggers
    again = worth_of(probes, triggers, study.plan)
    assert again == {name: results[name] for name in again}


def test_at_equal_forks_the_forks_are_equal(study):
    results = study.results()
    assert results["equal_forks"]
    for told in results["equal_forks"]:
        assert set(told["measures"]) == set(TOLD)
        for name, at in told["measures"].items():
            rows = {row["theta"]: row for row in results["measures"][name]["walks"]}
            first, second = (rows[theta] for theta in at["thetas"])
            mixed = (1 - at["weight"]) * first["num_forks"] + at["weight"] * second["num_forks"]
            assert mixed == pytest.approx(told["num_forks"])
            tokens = (1 - at["weight"]) * first["num_tokens"] + at["weight"] * second["num_tokens"]
            assert at["num_tokens"]["value"] * results["num_prompts"] == pytest.approx(tokens)
            assert at["pass_at_k"]["low"] <= at["pass_at_k"]["value"] <= at["pass_at_k"]["high"]


class Always:
    """Every answer is right, or none is."""

    def __init__(self, is_right):
        self.is_right = is_right

    def extract(self, text):
        return text

    def is_correct(self, task, answer):
        return self.is_right


@pytest.mark.parametrize(("is_right", "kind", "remedy"), [(True, "right", "harder"), (False, "wrong", "easier")])
def test_where_all_answers_are_alike_auc_is_undefined_and_said_so(is_right, kind, remedy):
    tasks = replace(parity_tasks(2), grader=Always(is_right))
    study = WorthStudy(parity_engine(), tasks, parity_plan(num_places=4, num_rollouts=2))
    list(study.run())
    results = study.results()
    assert "NaN" not in json.dumps(results, allow_nan=False)
    assert all(told["auc"]["value"] is None and told["hits"] is None for told in results["measures"].values())
    (said,) = [note for note in results["notes"] if "AUC" in note]
    assert f"all answers are {kind}" in said and remedy in said


def test_where_nothing_differs_enough_it_is_said(study):
    results = worth_of(study.probes[:1], [], parity_plan(difference=1.0))
    assert results["num_prompts"] == 1 and results["equal_forks"] == []
    if results["places"]["num_differing"] == 0:
        assert any("differ by 1 or more" in note for note in results["notes"])
    assert any("one prompt" in note for note in results["notes"])


def test_where_nothing_forks_it_is_said(study):
    silent = [
        replace(record, walks=tuple(replace(walk, forks={}) for walk in record.walks)) for record in study.triggers
    ]
    results = worth_of(study.probes, silent, study.plan)
    assert results["equal_forks"] == [] and any("Nothing forks under any" in note for note in results["notes"])
    silent = [
        replace(r, walks=tuple(replace(w, forks={}) if w.measure == "flatness" else w for w in r.walks))
        for r in study.triggers
    ]
    results = worth_of(study.probes, silent, study.plan)
    assert any("under flatness" in note for note in results["notes"])
    assert all("flatness" not in told["measures"] for told in results["equal_forks"])


def test_nothing_to_compare_is_refused():
    with pytest.raises(SettingsError, match="No prompt was finished"):
        worth_of([], [], parity_plan())
    with pytest.raises(SettingsError, match="does not tell layer_divergence"):
        list(WorthStudy(parity_engine(), parity_tasks(1), parity_plan(measures=("layer_divergence",))).run())
    unanswered = TaskSet("silent", (Task("t", "p", " "),), LastToken())
    with pytest.raises(SettingsError, match="No task of silent has an answer"):
        WorthStudy(parity_engine(), unanswered, parity_plan())


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"settings": Settings(temperature=0)}, "temperature is 0"),
        ({"settings": Settings(max_sequences=1)}, "nothing forks"),
        ({"settings": Settings(strategy="reference")}, "strategy is 'reference'"),
        ({"settings": Settings(theta=1.0)}, "theta is 1.0"),
        ({"settings": Settings(max_sequences=64, max_new_tokens=2000)}, "more than the 65,536"),
        ({"measures": ("entropy",)}, "measures are entropy"),
        ({"measures": ()}, "measures are none"),
        ({"measures": ("flatness", "flatness")}, "each once"),
        ({"num_places": 0}, "number of places is 0"),
        ({"num_rollouts": 65}, "number of rollouts is 65"),
        ({"difference": 0}, "difference is 0"),
        ({"difference": math.nan}, "difference is nan"),
        ({"seed": -1}, "seed"),
    ],
)
def test_plans_that_make_no_sense_are_refused(changes, words):
    with pytest.raises(SettingsError) as refused:
        parity_plan(**changes)
    sentence = str(refused.value)
    assert words in sentence and sentence.endswith(".") and "\n" not in sentence


def test_the_cost_is_an_upper_bound(study):
    cost = study.plan.cost(2)
    assert sum(record.num_tokens for record in study.probes) <= cost.sample_tokens
    assert 0 < sum(record.rollout_tokens for record in study.probes) <= cost.rollout_tokens
    assert sum(record.new_tokens for record in study.triggers) <= cost.walk_tokens
    assert f"{cost.tokens:,} tokens" in cost_words(study.plan, 2)


def test_records_that_contradict_themselves_are_refused(study):
    good = record_to_json(study.probes[0])
    num_nodes = len(good["parents"])
    for broken in (
        {"parents": good["parents"][:-1]},
        {"parents": [None, *range(1, num_nodes)]},
        {"measures": {"flatness": [0.5]}},
        {"leaves": [{"node": num_nodes, "is_right": True}]},
        {"places": [{"node": 0, "num_right": [1, 1], "num_rollouts": 0}]},
        {"places": [{"node": 0, "num_right": [1, 9], "num_rollouts": 3}]},
        {"number": "1"},
    ):
        with pytest.raises(TraceError, match="delete it"):
            record_from_json(ProbeRecord, json.dumps(good | broken))


def test_a_stop_keeps_what_is_done():
    study = WorthStudy(parity_engine(), parity_tasks(2), parity_plan())
    asked = iter(range(10_000))
    done = list(study.run(lambda: next(asked) >= 60))
    assert len(done) < study.num_steps
    assert len(study.probes) == sum(one.stage == "samples" for one in done)
    whole = WorthStudy(parity_engine(), parity_tasks(2), parity_plan())
    list(whole.run())
    for one, other in zip(study.probes, whole.probes, strict=False):
        assert without_time(one) == without_time(other)


def without_time(record):
    return {name: value for name, value in asdict(record).items() if name not in ("seconds", "forward_passes")}


def test_swept_trees_are_what_was_walked():
    """The joint walk that the study takes is the library's own."""
    exploration = Exploration(parity_engine(), "p")
    grid = [replace(parity_plan().settings, measure=name, theta=0.5) for name in TOLD]
    for tree, run_settings in zip(swept_trees(exploration, grid), grid, strict=True):
        alone = Exploration(parity_engine(), "p")
        list(alone.run(run_settings))
        assert list(alone.tree.nodes()) == list(tree.nodes())
