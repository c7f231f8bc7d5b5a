"""What is said of a saved tree is what was said while its model was at hand."""

import pytest

from components.frame.scales import TEMPERATURE
from components.inspector.inspection import inspect
from eager_core import Exploration, Settings
from eager_core.errors import ModelError
from eager_core.recorded import HIGHEST_TEMPERATURE
from eager_core.recording import record
from eager_core.traces import read_trace, trace_of, trace_to_json
from eager_core.tree import fold
from tests.scripted_engine import ScriptedEngine, hashed_logprobs

KINDS = [
    {},
    {"temperature": 0.0},
    {"temperature": 1.7, "top_p": 1.0},
    {"top_p": 0.3},
    {"strategy": "reference", "theta": 0.5},
    {"strategy": "percentile", "percentile": 0.5},
    {"entropy_of": "sampling"},
    {"measure": "varentropy", "theta": 0.5},
]


def explored(**settings):
    exploration = Exploration(ScriptedEngine(hashed_logprobs(200, spread=6.0), num_kept=64), "hello", 3)
    for _ in exploration.run(Settings(**({"theta": 1.2, "max_sequences": 3, "max_new_tokens": 16} | settings))):
        pass
    return exploration


def saved_and_read(exploration):
    tree = exploration.tree
    trace = read_trace(trace_to_json(trace_of(tree, record(tree, exploration))))
    return fold(trace.events), trace.recorded


def lengths(told):
    return [length for part in told["figure"]["data"][:2] for length in part["x"]]


@pytest.mark.parametrize("settings", KINDS, ids=str)
def test_a_saved_tree_is_told_of_as_it_was_with_its_model(settings):
    exploration = explored(**settings)
    tree, recorded = saved_and_read(exploration)
    for node in tree.nodes():
        live, saved = inspect(exploration.tree, node.id, exploration), inspect(tree, node.id, recorded=recorded)
        for key in live.keys() - {"figure", "choices", "gauge", "keeps"}:
            assert saved[key] == live[key]
        if node.parent is None:
            assert saved == live
            continue
        # A log-probability is kept to a ten-thousandth of a nat, a measure to a millionth.
        assert lengths(saved) == pytest.approx(lengths(live), abs=2e-4)
        for key in ("token_id", "node", "label"):
            assert [choice[key] for choice in saved["choices"]] == [choice[key] for choice in live["choices"]]
        assert saved["gauge"]["value"] == pytest.approx(live["gauge"]["value"], abs=2e-3)
        assert (saved["keeps"] is None) == (live["keeps"] is None)
        if live["keeps"]:
            assert saved["keeps"]["low"] == pytest.approx(live["keeps"]["low"], abs=1e-3)
            assert saved["keeps"]["high"] == pytest.approx(live["keeps"]["high"], abs=1e-3)


def test_what_is_saved_again_is_the_same_file():
    exploration = explored()
    text = trace_to_json(trace_of(exploration.tree, record(exploration.tree, exploration)))
    trace = read_trace(text)
    assert trace_to_json(trace_of(fold(trace.events), trace.recorded)) == text


def test_without_its_model_nothing_grows_by_hand():
    tree, recorded = saved_and_read(explored())
    assert inspect(tree, 3, recorded=recorded)["can_grow"]
    told = inspect(tree, 3, recorded=recorded, can_grow=False)
    assert told["figure"] and not told["can_grow"]


def test_a_closed_exploration_leaves_its_alternatives_out():
    exploration = explored()
    exploration.knowledge.logprobs = refusing
    recorded = record(exploration.tree, exploration)
    assert not recorded.offers and "alternatives" not in trace_of(exploration.tree, recorded)


def refusing(node):
    raise ModelError("This exploration is closed.")


def test_temperatures_are_recorded_as_far_as_the_slider_goes():
    assert TEMPERATURE.highest == HIGHEST_TEMPERATURE
