"""Names to models, and the one sentence for each name that can't be loaded."""

import json

import pytest
import torch
from tokenizers import AddedToken
from transformers import BertConfig, BertForMaskedLM, T5Config, T5ForConditionalGeneration

from eager_core.errors import ModelError
from eager_core.models import load_model
from tests.models.tiny import (
    CONTEXT_LENGTH,
    END_OF_TEXT,
    IM_END,
    VOCABULARY_SIZE,
    save_tiny_model,
    tiny_llama,
    tiny_tokenizer,
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return save_tiny_model(tmp_path_factory.mktemp("models") / "tiny")


def refused(name) -> str:
    with pytest.raises(ModelError) as caught:
        load_model(str(name))
    sentence = str(caught.value)
    assert "\n" not in sentence and sentence.endswith(".")
    return sentence


def test_a_folder_gives_its_model(folder):
    loaded = load_model(str(folder))
    assert loaded.name == "tiny"
    assert loaded.context_length == CONTEXT_LENGTH
    assert loaded.eos_token_ids == {END_OF_TEXT, IM_END}  # the config's, and the chat frame's end of turn
    assert not loaded.model.training
    assert not any(parameter.requires_grad for parameter in loaded.model.parameters())
    for name, weight in tiny_llama().state_dict().items():
        assert torch.equal(loaded.model.state_dict()[name], weight)


@pytest.mark.parametrize("special", [True, False])
@pytest.mark.parametrize("mark", ["<|end|>", "<|eot|>", "<end_of_utterance>", "</s>", "<|return|>", "<|eom_id|>"])
def test_ends_of_a_turn_end_a_sequence_where_they_are_special(tmp_path, mark, special):
    loaded = _with_tokens(tmp_path, [AddedToken(mark, special=special)])
    assert (VOCABULARY_SIZE in loaded.eos_token_ids) == special


def test_the_end_of_a_message_is_no_end_where_answers_have_ends_of_their_own(tmp_path):
    marks = [AddedToken(mark, special=True) for mark in ("<|end|>", "<|return|>", "<|call|>")]
    loaded = _with_tokens(tmp_path, marks)
    assert loaded.eos_token_ids & {260, 261, 262} == {261, 262}


def _with_tokens(folder, added):
    """Load a tiny model whose tokenizer has some more tokens, from number 260 on."""
    tokenizer = tiny_tokenizer()
    tokenizer.add_tokens(added)
    tiny_llama().save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return load_model(str(folder))


def test_dtype_and_attention_are_passed_on(folder):
    loaded = load_model(str(folder), dtype=torch.bfloat16, attn_implementation="eager")
    assert loaded.model.dtype == torch.bfloat16
    assert loaded.model.config._attn_implementation == "eager"


def test_loading_says_nothing(folder, capfd):
    load_model(str(folder))
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("name", ["", "/nowhere", "./nowhere", "~nobody/x", "a/b/c", "C:\\nowhere", "nowhere.gguf"])
def test_a_path_that_leads_nowhere_is_refused(name):
    assert f'no folder or file "{name}"' in refused(name)


def test_an_unknown_hub_id_is_refused_offline():
    assert "can't be reached" in refused("nobody-at-all/no-such-model")


def test_a_name_that_is_no_hub_id_is_refused():
    assert "not on the Hugging Face Hub" in refused("what is this?!")
    assert "not on the Hugging Face Hub" in refused("x" * 5000)


def test_an_empty_folder_is_refused(tmp_path):
    assert "holds no model" in refused(tmp_path)


def test_pickled_weights_are_refused_unread(tmp_path, folder):
    (tmp_path / "config.json").write_bytes((folder / "config.json").read_bytes())
    (tmp_path / "pytorch_model.bin").write_bytes(b"never opened")
    assert "pickled weights (pytorch_model.bin)" in refused(tmp_path)


def test_another_file_is_refused(tmp_path):
    (tmp_path / "notes.txt").write_text("hello")
    assert "not a .gguf file" in refused(tmp_path / "notes.txt")


def test_broken_weights_are_refused(tmp_path):
    save_tiny_model(tmp_path)
    weights = tmp_path / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:1000])
    assert "can't be read" in refused(tmp_path)


def test_missing_weights_are_refused_and_never_invented(tmp_path):
    model = tiny_llama()
    weights = model.state_dict()
    del weights["model.layers.1.mlp.up_proj.weight"]
    model.save_pretrained(tmp_path, state_dict=weights)
    tiny_tokenizer().save_pretrained(tmp_path)
    assert "lacks weights (1, like model.layers.1.mlp.up_proj.weight)" in refused(tmp_path)


def test_a_broken_config_is_refused(tmp_path):
    save_tiny_model(tmp_path)
    (tmp_path / "config.json").write_text("{")
    assert "can't be read" in refused(tmp_path)


def test_a_broken_gguf_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("EAGER_EXPLORER_CACHE", str(tmp_path / "cache"))
    (tmp_path / "broken.gguf").write_bytes(b"GGUF and then nothing")
    assert "can't be read" in refused(tmp_path / "broken.gguf")
    assert not list((tmp_path / "cache" / "models").glob("*broken*/"))


@pytest.mark.parametrize(
    ("template", "reason"),
    [
        ("Hello!", "leaves the user's message out"),
        ("{{ raise_exception('no users') }}", "no users"),
        ("{%", "can't be read"),
    ],
)
def test_a_useless_chat_template_is_refused(tmp_path, template, reason):
    assert reason in refused(save_tiny_model(tmp_path / "tiny", template))


def test_code_from_elsewhere_is_refused(tmp_path):
    save_tiny_model(tmp_path)
    config = json.loads((tmp_path / "config.json").read_text())
    config["model_type"] = "homemade"
    config["auto_map"] = {"AutoConfig": "homemade.Config", "AutoModelForCausalLM": "homemade.LM"}
    (tmp_path / "config.json").write_text(json.dumps(config))
    (tmp_path / "homemade.py").write_text("raise SystemExit('this ran')")
    assert "needs code of its own" in refused(tmp_path)


ENCODER = BertConfig(
    vocab_size=VOCABULARY_SIZE, hidden_size=32, num_hidden_layers=1, num_attention_heads=2, intermediate_size=32
)
ENCODER_DECODER = T5Config(vocab_size=VOCABULARY_SIZE, d_model=32, d_kv=8, d_ff=32, num_layers=1, num_heads=2)


@pytest.mark.parametrize(
    ("kind", "config"), [(BertForMaskedLM, ENCODER), (T5ForConditionalGeneration, ENCODER_DECODER)]
)
def test_models_that_do_not_continue_text_are_refused(tmp_path, kind, config):
    kind(config).save_pretrained(tmp_path)
    tiny_tokenizer().save_pretrained(tmp_path)
    assert f"is a {kind.__name__}, not a decoder-only language model" in refused(tmp_path)
