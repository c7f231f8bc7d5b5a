"""The real model, once: the tree it draws, and its parity with a plain forward."""

from dataclasses import replace

import pytest

from eager_core import Exploration, ModelError, Settings, load_engine
from eager_core.local import forward
from eager_core.local.plan import Group
from eager_core.models import load_model
from eager_core.models.packaged import packaged_gguf
from tests.local.test_parity import compare_with_plain_forward

PROMPT = "What is 17 + 25? Think step by step."
TOLERANCE_NATS = 2e-3
"""Float32 over 30 layers; another order of summation shows as 1e-4 in log-probabilities."""


@pytest.fixture(scope="module")
def engine():
    if packaged_gguf() is None:
        pytest.fail("the packaged model is not installed: run `make setup`")
    return load_engine(precision="float32")


def test_draws_a_branching_tree_of_the_real_model_equal_to_plain_forwards(engine):
    exploration = Exploration(engine, PROMPT)
    settings = Settings(theta=2.0, max_sequences=8, max_new_tokens=24)
    list(exploration.run(settings))
    tree = exploration.tree
    assert len(tree.sequences) == 8
    assert tree.ledger().saved_fraction > 0.1
    assert "17 + 25" in tree.text(tree.sequences[0])
    compare_with_plain_forward(exploration, load_model().model, tolerance=TOLERANCE_NATS)
    nodes = list(tree.nodes())
    list(exploration.run(settings))
    assert list(exploration.tree.nodes()) == nodes and exploration.tree.finished.forward_passes == 0


def test_a_visit_of_another_seed_differs_and_comes_back_the_same(engine):
    settings = Settings(theta=3.0, max_new_tokens=12, temperature=1.0)
    texts = []
    for seed in (0, 1, 0):
        exploration = Exploration(engine, "Name a colour.", seed)
        list(exploration.run(settings))
        texts.append(exploration.tree.text(exploration.tree.sequences[0]))
        exploration.close()
    assert texts[0] == texts[2] != texts[1]


@pytest.mark.parametrize("fault", [None, "position", "window"])
def test_in_bfloat16_rounding_is_accepted_and_a_wrong_place_or_mask_is_not(monkeypatch, fault):
    """What processors with native bfloat16 load by themselves: each logit is rounded, and all is not off."""
    if fault == "position":
        plan = forward.plan_decode
        monkeypatch.setattr(
            forward, "plan_decode", lambda *args: replace(plan(*args), positions=plan(*args).positions + 1)
        )
    if fault == "window":
        reading = Group.reading
        monkeypatch.setattr(Group, "reading", lambda group, _: reading(group, 12))
    if fault is None:
        load_engine(precision="bfloat16").close()
    else:
        with pytest.raises(ModelError, match="can't be served"):
            load_engine(precision="bfloat16")
