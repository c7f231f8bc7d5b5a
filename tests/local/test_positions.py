"""Rotary embeddings that depend on a batch mate's length: the context ends where they would begin to."""

import pytest
import torch
from transformers import Gemma3TextConfig, LlamaConfig, Phi3Config

from eager_core import Exploration, PromptError, Settings
from eager_core.known_node import KnownNode
from eager_core.local.loading import engine_of
from eager_core.local.positions import exact_context_length
from eager_core.local.transfers import to_device
from eager_core.models import LoadedModel
from tests.local.test_parity import SIZES, compare_with_plain_forward
from tests.local.tiny_engine import NumberText, plain_logprobs, random_model

DYNAMIC = {"rope_type": "dynamic", "factor": 4.0, "rope_theta": 10000.0}
LONGROPE = {
    "rope_type": "longrope", "rope_theta": 10000.0, "original_max_position_embeddings": 20,
    "short_factor": [1.0, 1.1, 1.2, 1.3], "long_factor": [4.0, 8.0, 16.0, 32.0],
}  # fmt: skip


def llama(parameters, longest=40):
    sizes = {**SIZES, "max_position_embeddings": longest}
    return LlamaConfig(**sizes, rope_parameters=parameters)


def phi3():
    sizes = {**SIZES, "max_position_embeddings": 80}
    del sizes["head_dim"]
    return Phi3Config(**sizes, original_max_position_embeddings=20, rope_parameters=LONGROPE)


@pytest.mark.parametrize(
    ("config", "limit"),
    [
        (llama({"rope_type": "default", "rope_theta": 10000.0}), None),
        (llama({"rope_type": "linear", "factor": 2.0, "rope_theta": 10000.0}), None),
        (llama(DYNAMIC), 40),
        (llama(LONGROPE), 20),
        (phi3(), 20),
        (
            Gemma3TextConfig(
                **SIZES,
                rope_parameters={
                    "full_attention": {**DYNAMIC},
                    "sliding_attention": {"rope_type": "default", "rope_theta": 10000.0},
                },
            ),
            SIZES["max_position_embeddings"],
        ),
    ],
    ids=["default", "linear", "dynamic", "longrope", "phi3", "by layer type"],
)
def test_how_long_a_path_keeps_its_embeddings(config, limit):
    assert exact_context_length(config) == limit


@pytest.mark.parametrize("config", [llama(LONGROPE, 80), phi3(), llama(DYNAMIC)], ids=["longrope", "phi3", "dynamic"])
def test_no_batch_mate_moves_a_path_and_the_context_ends_in_time(config):
    model = random_model(config)
    # Of the model as it came: an engine changes the layers of the one that it is given.
    plain = plain_logprobs(model, [5, 17, 3, 9, 11])[-1].numpy()
    engine = engine_of(LoadedModel("tiny", model, NumberText(), 80, frozenset()), block_rows=4)
    limit = exact_context_length(config)
    assert engine.context_length == limit and engine.context_limited_by == "rotary embeddings"
    with pytest.raises(PromptError, match=rf"rotary embeddings change .* longer than {limit}"):
        Exploration(engine, " ".join(["5"] * limit))
    long, short = (Exploration(engine, prompt) for prompt in (" ".join(["7"] * (limit - 2)), "5 17 3 9 11"))
    requests = [(exploration.knowledge._memory, [KnownNode(0)]) for exploration in (long, short)]
    engine.predict_together(requests)
    (_,), (prediction,) = engine.predict_together(requests)
    assert abs(plain[prediction.token_ids] - prediction.logprobs).max() < 1e-4


def test_inside_the_context_trees_are_exact():
    model = random_model(phi3())
    twin = random_model(phi3())
    engine = engine_of(LoadedModel("tiny", model, NumberText(), 80, frozenset()), block_rows=4)
    exploration = Exploration(engine, "5 17 3", seed=1)
    list(exploration.run(Settings(theta=1.0, max_sequences=4, max_new_tokens=60)))
    assert {exploration.tree.num_tokens(sequence) for sequence in exploration.tree.sequences} == {17}
    compare_with_plain_forward(exploration, twin)


def test_only_cuda_copies_on_by_itself(monkeypatch):
    asked = []
    monkeypatch.setattr(torch.Tensor, "to", lambda self, device, non_blocking=False: asked.append(non_blocking) or self)
    for kind in ("cpu", "mps", "xpu", "cuda"):
        to_device(torch.zeros(1), torch.device(kind))
    assert asked == [False, False, False, True]
