"""Runs of one exploration know what earlier ones learnt, and are equal to cold ones."""

import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eager_core import Exploration, ModelError, PromptError, Settings, SettingsError
from tests.core.some_runs import any_settings, some_engines
from tests.scripted_engine import ScriptedEngine, hashed_logprobs


def comparable(tree):
    return list(tree.nodes()), tree.sequences, tree.forks


@settings(max_examples=100, deadline=None)
@given(engine=some_engines, runs=st.lists(any_settings, min_size=2, max_size=5), seed=st.integers(0, 9))
def test_a_warm_run_equals_a_cold_one(engine, runs, seed):
    warm = Exploration(engine, "p", seed)
    for run_settings in runs:
        cold = Exploration(engine, "p", seed)
        list(cold.run(run_settings))
        list(warm.run(run_settings))
        assert comparable(warm.tree) == comparable(cold.tree)


def test_nothing_new_means_no_forward_pass():
    exploration = Exploration(ScriptedEngine(hashed_logprobs(60)), "p")
    wide = Settings(theta=1.0, max_sequences=8, max_new_tokens=12)
    list(exploration.run(wide))
    known = {node.index for node in exploration.knowledge.nodes}
    list(exploration.run(wide))
    assert exploration.tree.ledger().forward_passes == 0
    assert {node.index for node in exploration.knowledge.nodes} == known


def test_importing_and_refusing():
    engine = ScriptedEngine(hashed_logprobs(60))
    with pytest.raises(PromptError):
        Exploration(engine, "  \n ")
    with pytest.raises(SettingsError):
        Exploration(engine, "p", seed=-1)


def test_a_second_run_waits_for_the_first_to_end():
    exploration = Exploration(ScriptedEngine(hashed_logprobs(60, eos_logit=-9)), "p")
    first = exploration.run(Settings(max_new_tokens=50))
    for _ in range(5):
        next(first)
    done = threading.Event()

    def second():
        list(exploration.run(Settings(max_new_tokens=3)))
        done.set()

    thread = threading.Thread(target=second, daemon=True)
    thread.start()
    assert not done.wait(0.1)
    first.close()
    assert done.wait(120)
    assert exploration.tree.started.settings.max_new_tokens == 3


def test_what_is_said_beside_a_nan_is_kept():
    plain = hashed_logprobs(30)
    engine = ScriptedEngine(lambda path: plain(path) * (float("nan") if path == (2,) else 1))
    knowledge = Exploration(engine, "Hi").knowledge
    knowledge.predict([knowledge.root])
    nodes = [knowledge.child(knowledge.root, token_id) for token_id in (1, 2, 3)]
    with pytest.raises(ModelError, match="NaN after token 1"):
        knowledge.predict(nodes)
    assert [node.prediction is None for node in nodes] == [False, True, False]
