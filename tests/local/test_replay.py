"""On a real (tiny) model in float32: runs in a known tree equal cold ones, and cost only what is new."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eager_core import Exploration, Settings
from tests.local.test_parity import FAMILIES, PROMPT
from tests.local.tiny_engine import engine_for, random_model

MODEL = random_model(FAMILIES["llama"])

some_settings = st.builds(
    Settings,
    theta=st.sampled_from([0.5, 2.0, 2.4, 2.7, 3.0]),
    max_sequences=st.integers(1, 8),
    temperature=st.sampled_from([0.0, 0.4, 0.6, 0.7, 1.0, 1.6]),
    top_p=st.sampled_from([0.5, 0.95, 1.0]),
    max_new_tokens=st.integers(1, 14),
    strategy=st.sampled_from(["paper", "paper", "reference", "parallel", "greedy"]),
)


def shape(tree):
    return [(node.parent, node.token_id, node.rule) for node in tree.nodes()], tree.sequences


@settings(max_examples=15, deadline=None)
@given(
    runs=st.lists(some_settings, min_size=2, max_size=4),
    seed=st.integers(0, 3),
    num_blocks=st.sampled_from([9, 300]),
)
def test_a_warm_run_equals_a_cold_one(runs, seed, num_blocks):
    # One roomy engine, or one whose store holds hardly two paths: what was evicted is brought back, never different.
    warm = Exploration(engine_for(MODEL, num_blocks), PROMPT, seed)
    for run_settings in runs:
        cold = Exploration(engine_for(MODEL), PROMPT, seed)
        list(cold.run(run_settings))
        list(warm.run(run_settings))
        assert shape(warm.tree) == shape(cold.tree)
        for ours, theirs in zip(warm.tree.nodes(), cold.tree.nodes(), strict=True):
            # Float32 in another batch shape: the same sums in another order.
            assert ours.logprob == pytest.approx(theirs.logprob, abs=2e-4)


WIDE = Settings(theta=2.2, max_sequences=8, max_new_tokens=16, temperature=0.8)


@pytest.mark.parametrize(
    "moved",
    [WIDE, replace(WIDE, theta=2.5), replace(WIDE, theta=2.9), replace(WIDE, max_new_tokens=9)],
    ids=["again", "theta up", "theta far up", "shorter"],
)
def test_what_is_known_costs_no_pass(moved):
    exploration = Exploration(engine_for(MODEL), PROMPT)
    list(exploration.run(WIDE))
    first = Exploration(engine_for(MODEL), PROMPT)
    list(first.run(moved))
    known = {tuple(node.path()) for node in exploration.knowledge.nodes if node.prediction is not None}
    needed = {tuple(node.path()) for node in first.knowledge.nodes if node.prediction is not None}
    list(exploration.run(moved))
    # A raised theta draws where it forked before, and may come to places that are new; else there is nothing to ask.
    assert (exploration.tree.finished.forward_passes == 0) == (needed <= known)
    if moved in (WIDE, replace(WIDE, max_new_tokens=9)):
        assert exploration.tree.finished.forward_passes == 0


def test_only_nodes_never_seen_are_forwarded(monkeypatch):
    exploration = Exploration(engine_for(MODEL), PROMPT)
    asked = []
    memory = exploration.knowledge._memory
    plain = memory.predict
    monkeypatch.setattr(memory, "predict", lambda nodes: (asked.extend(nodes), plain(nodes))[1])
    for theta, temperature in ((2.6, 0.6), (2.2, 0.6), (2.2, 0.7), (2.4, 1.4), (2.6, 0.6)):
        list(exploration.run(Settings(theta=theta, temperature=temperature, max_sequences=8, max_new_tokens=16)))
    indices = [node.index for node in asked]
    assert len(indices) == len(set(indices))
