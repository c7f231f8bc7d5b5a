"""Families that the tree can't serve are refused by name and reason; unknown ones are tried out."""

from copy import deepcopy

import numpy as np
import pytest
import torch
from transformers import GPT2Config, MambaConfig, OPTConfig, Qwen3NextConfig

from benchmarks.own_sizes import OWN_SIZES
from benchmarks.tiny_families import EXACT_NATS, WINDOW, greatest_deviation, tiny_config, verdict_of
from benchmarks.tiny_families import random_model as random_tiny_model
from eager_core import Exploration, ModelError, Settings
from eager_core.local import hardware
from eager_core.local.attention import TREE_ATTENTION
from eager_core.local.loading import engine_of
from eager_core.models import LoadedModel
from tests.local.test_parity import FAMILIES, SIZES, compare_with_plain_forward
from tests.local.tiny_engine import NumberText, random_model


def loaded(model):
    # A copy, for an engine changes the layers of the model it is given.
    return LoadedModel(model.config.model_type, deepcopy(model), NumberText(), 512, frozenset())


def test_a_state_space_model_is_refused_by_name_with_the_reason():
    model = random_model(MambaConfig(vocab_size=97, hidden_size=16, num_hidden_layers=2, state_size=4))
    with pytest.raises(ModelError, match="family mamba can't be served, because"):
        engine_of(loaded(model))


def test_linear_attention_layers_are_refused():
    sizes = {**SIZES, "num_hidden_layers": 2}
    config = Qwen3NextConfig(**sizes, layer_types=["linear_attention", "full_attention"], num_experts=2)
    with pytest.raises(ModelError, match="qwen3_next can't be served, because layers of the kind linear_attention"):
        engine_of(loaded(random_model(config)))


@pytest.mark.parametrize(
    "config",
    [
        GPT2Config(vocab_size=97, n_embd=32, n_layer=2, n_head=4, n_positions=512),
        OPTConfig(vocab_size=97, hidden_size=32, ffn_dim=48, num_hidden_layers=2, num_attention_heads=4,
                  max_position_embeddings=512, word_embed_proj_dim=32, dropout=0.0),
    ],
    ids=lambda config: config.model_type,
)  # fmt: skip
def test_an_unknown_family_is_served_right_or_refused(config):
    model = random_model(config)
    try:
        engine = engine_of(loaded(model), block_rows=4)
    except ModelError as error:
        assert config.model_type in str(error) and "because" in str(error)
        return
    exploration = Exploration(engine, "5 17 3", seed=1)
    list(exploration.run(Settings(theta=1.0, max_sequences=5, max_new_tokens=12)))
    compare_with_plain_forward(exploration, model)


def test_a_family_that_the_trial_finds_wrong_is_refused(monkeypatch):
    model = random_model(FAMILIES["llama"])
    monkeypatch.setattr("eager_core.local.families.PROVEN_FAMILIES", frozenset())
    engine_of(loaded(model))
    # Positions off by one: a path like "a model that counts positions in the cache".
    rotary = model.model.rotary_emb.forward
    monkeypatch.setattr(
        model.model.rotary_emb, "forward", lambda x, position_ids: rotary(x, position_ids * (1 + (x.shape[1] == 1)))
    )
    with pytest.raises(ModelError, match="off by"):
        engine_of(loaded(model))


def test_bfloat16_serves_and_says_so():
    model = random_model(FAMILIES["llama"]).to(torch.bfloat16)
    engine = engine_of(loaded(model), block_rows=4)
    assert engine.precision == "bfloat16"
    exploration = Exploration(engine, "5 17 3")
    settings = Settings(theta=2.0, max_sequences=6, max_new_tokens=12, temperature=1.0)
    list(exploration.run(settings))
    nodes = list(exploration.tree.nodes())
    list(exploration.run(settings))
    assert list(exploration.tree.nodes()) == nodes and exploration.tree.finished.forward_passes == 0
    # bfloat16 keeps 8 bits: products of a few units are off by some hundredths, sums of many by tenths.
    compare_with_plain_forward(exploration, model, tolerance=0.5)


def test_precision_follows_the_hardware(monkeypatch):
    cpu = torch.device("cpu")
    for native in (False, True):
        monkeypatch.setattr(hardware, "_has_native_bfloat16", lambda device, native=native: native)
        assert hardware.dtype_for("auto", cpu) == (torch.bfloat16 if native else torch.float32)
        assert hardware.dtype_for("float32", cpu) == torch.float32
    with pytest.raises(ModelError, match="float16"):
        hardware.dtype_for("float16", cpu)


def test_memory_for_rows_can_be_set_and_never_changes_results(monkeypatch):
    trees = []
    for mib in ("1", "64"):
        monkeypatch.setenv(hardware.MEMORY_VARIABLE, mib)
        exploration = Exploration(engine_of(loaded(random_model(FAMILIES["llama"])), block_rows=4), "5 17 3")
        list(exploration.run(Settings(theta=2.0, max_sequences=6, max_new_tokens=12)))
        trees.append([(node.parent, node.token_id) for node in exploration.tree.nodes()])
    assert trees[0] == trees[1]
    for nonsense in ("0", "-5", "much", "1.5"):
        monkeypatch.setenv(hardware.MEMORY_VARIABLE, nonsense)
        with pytest.raises(ModelError, match="EAGER_EXPLORER_KV_MIB"):
            hardware.default_memory_budget_bytes(torch.device("cpu"))


@pytest.mark.parametrize(
    "family",
    ["phimoe", "qwen2_moe", "mixtral", "mistral", "starcoder2", "cohere2", "llama", "qwen2", "qwen3", "gemma3_text",
     "gpt_oss", "phi3", "gemma2", "olmo2", "got_ocr2", "gemma4_text", "gemma4"],
)  # fmt: skip
def test_a_family_is_exact_by_plain_forwards_or_refused_in_words(family):
    verdict = verdict_of(family)
    assert verdict.kind in ("exact", "refused"), verdict
    if verdict.kind == "refused":
        assert f"family {family} can't be served, because" in verdict.detail


@pytest.mark.parametrize("family", sorted(OWN_SIZES))
def test_a_family_with_sizes_of_its_own_can_be_built(family):
    assert verdict_of(family).kind in ("exact", "refused")


@pytest.mark.parametrize("family", ["phimoe", "qwen2_moe", "mixtral", "mistral", "starcoder2"])
def test_families_that_know_windows_are_judged_with_paths_that_outrun_them(family):
    config = tiny_config(family)
    assert config.sliding_window == WINDOW
    model = random_tiny_model(config)
    engine = engine_of(loaded(model), block_rows=4)
    assert greatest_deviation(engine, model) <= EXACT_NATS
    # The twin tells a window from none: the same weights with a far longer one are far off.
    model.config.sliding_window = 1000
    for module in model.modules():
        if hasattr(module, "sliding_window"):
            module.sliding_window = 1000
    assert greatest_deviation(engine, model) > 100 * EXACT_NATS


def hooks_of(model):
    return [(name, len(m._forward_hooks), len(m._forward_pre_hooks)) for name, m in model.named_modules()]


@pytest.mark.parametrize("fault", ["raises", "off"])
def test_a_failing_trial_leaves_the_models_attention_configuration_and_hooks(monkeypatch, fault):
    model = deepcopy(random_model(FAMILIES["llama"]))
    model.set_attn_implementation("sdpa")
    config, hooks = model.config.to_dict(), {name: counts for name, *counts in hooks_of(model)}
    if fault == "raises":

        def failing(*args, **kwargs):
            raise RuntimeError("boom\nsecond line")

        monkeypatch.setattr("eager_core.local.trial._plain_logprobs", failing)
    else:
        monkeypatch.setattr("eager_core.local.trial._differences", lambda *_: np.array([3.0]))
    with pytest.raises(ModelError, match="can't be served, because") as refusal:
        engine_of(LoadedModel("llama", model, NumberText(), 512, frozenset()), block_rows=4)
    assert "\n" not in str(refusal.value) and str(refusal.value).count(". ") == 0
    assert model.config._attn_implementation == "sdpa" != TREE_ATTENTION
    assert model.config.to_dict() == config
    for name, *counts in hooks_of(model):
        assert counts == hooks.get(name, [0, 0]), name
