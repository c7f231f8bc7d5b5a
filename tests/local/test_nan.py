"""A real model that computes NaN: one sentence that says where, and the tree so far is kept."""

import json
import math

import pytest
import torch
from transformers import LlamaConfig

from eager_core import Exploration, ModelError, Settings
from eager_core.local.loading import load_engine
from eager_core.settings import STRATEGIES
from eager_core.terminal.commands import main
from eager_core.traces.files import save_trace
from tests.local.test_parity import FAMILIES, SIZES
from tests.local.tiny_engine import engine_for, random_model
from tests.models.tiny import save_tiny_model, tiny_llama

WEIGHTS = "model.layers.1.mlp.up_proj.weight"


def settings_for(strategy):
    return Settings(strategy=strategy, theta=2.0, max_sequences=4, max_new_tokens=12, temperature=1.0)


def poisoned(value):
    model = random_model(FAMILIES["llama"])
    dict(model.named_parameters())[WEIGHTS].data[3, 5] = value
    return model


@pytest.mark.parametrize("value", [math.nan, math.inf])
@pytest.mark.parametrize("strategy", STRATEGIES)
def test_one_weight_that_is_no_number_ends_a_run_in_words_and_the_tree_can_be_saved(strategy, value, tmp_path):
    exploration = Exploration(engine_for(poisoned(value)), "5 17 3")
    with pytest.raises(ModelError, match="computes NaN after the prompt; load it in float32"):
        list(exploration.run(settings_for(strategy)))
    assert exploration.tree.num_nodes == 1
    save_trace(exploration.tree, tmp_path / "trace.json")
    json.loads((tmp_path / "trace.json").read_text(), parse_constant=pytest.fail)


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_folder_with_one_weight_that_is_no_number_is_refused_by_the_weights_name(value, tmp_path, capsys):
    folder = save_tiny_model(tmp_path / "tiny")
    model = tiny_llama()
    dict(model.named_parameters())[WEIGHTS].data[3, 5] = value
    model.save_pretrained(folder)
    with pytest.raises(ModelError, match=f"computes NaN, for its weights {WEIGHTS} are not all numbers"):
        load_engine(str(folder), precision="float32")
    capsys.readouterr()  # what saving and loading told
    assert main(["run", "hello", "--model", str(folder)]) == 2
    told = capsys.readouterr().err.strip()
    assert "computes NaN" in told and WEIGHTS in told and len(told.splitlines()) == 1


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_token_whose_embedding_is_nan_is_named_by_its_place_and_the_tree_before_it_stays(strategy, tmp_path):
    model = random_model(FAMILIES["llama"])
    sound = Exploration(engine_for(model), "5 17 3", seed=2)
    list(sound.run(settings_for(strategy)))
    third = sound.tree.path(sound.tree.sequences[0].leaf)[2].token_id
    model.get_input_embeddings().weight.data[third] = math.nan
    exploration = Exploration(engine_for(model), "5 17 3", seed=2)
    with pytest.raises(ModelError, match=r"computes NaN after token \d+ of a sequence"):
        list(exploration.run(settings_for(strategy)))
    assert exploration.tree.num_nodes >= 2
    assert all(node.entropy is None or node.entropy == node.entropy for node in exploration.tree.nodes())
    save_trace(exploration.tree, tmp_path / "trace.json")


class RuledOut(torch.nn.Linear):
    """A head that gives most tokens the logit -inf."""

    def forward(self, states):
        logits = super().forward(states)
        return logits.masked_fill(torch.arange(logits.shape[-1]) >= 30, -math.inf)


@pytest.mark.filterwarnings("error::RuntimeWarning")
@pytest.mark.parametrize("strategy", STRATEGIES)
def test_tokens_that_a_model_rules_out_are_not_taken_for_nan(strategy):
    model = random_model(LlamaConfig(**SIZES))
    model.lm_head.__class__ = RuledOut
    exploration = Exploration(engine_for(model), "5 17 3")
    list(exploration.run(settings_for(strategy)))
    assert all(node.token_id < 30 for node in list(exploration.tree.nodes())[1:])


def test_a_visitor_whose_model_path_is_nan_leaves_its_pass_mates_sound():
    model = random_model(FAMILIES["llama"])
    model.get_input_embeddings().weight.data[96] = math.nan
    engine = engine_for(model)
    alone = Exploration(engine_for(model), "5 17 3", seed=1)
    mate = Exploration(engine, "5 17 3", seed=1)
    other = Exploration(engine, "5 17 96 8 8 8 8 8 8")
    nodes = [exploration.knowledge for exploration in (mate, other)]
    answers = engine.predict_together([(knowledge._memory, [knowledge.root]) for knowledge in nodes])
    assert math.isnan(answers[1][0].full_entropy)
    alone.knowledge.predict([alone.knowledge.root])
    assert answers[0][0].logprobs == pytest.approx(alone.knowledge.root.prediction.logprobs, abs=1e-5)
