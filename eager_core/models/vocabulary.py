"""Added tokens of byte-level GGUF vocabularies, given back as the words that they are.

A byte-level vocabulary spells its tokens in GPT-2's alphabet ("Ġthe"), but its added tokens, control tokens and words
that are never cut ("<｜User｜>", "<think>", two spaces), stand there as they are. transformers takes those that hold a
character beyond the alphabet, or a space, for text and spells them in bytes: they are then cut into many tokens, the
model never sees its own marks, and a beginning-of-text mark among them gets an id that the model has no row for.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from gguf import TokenType

from eager_core.models.gguf_fields import integer_array, string_array, string_field

_ADDED = (TokenType.CONTROL, TokenType.USER_DEFINED)


def mend_saved_tokenizer(folder: Path, source: Path) -> None:
    """Mend the tokenizer that transformers saved in `folder` from the GGUF file `source`; most need nothing."""
    if string_field(source, "tokenizer.ggml.model") != "gpt2":
        return
    tokens = string_array(source, "tokenizer.ggml.tokens")
    types = integer_array(source, "tokenizer.ggml.token_type")
    file = folder / "tokenizer.json"
    tokenizer = json.loads(file.read_text(encoding="utf-8"))
    if mend_added_tokens(tokenizer, tokens, types):
        file.write_text(json.dumps(tokenizer, ensure_ascii=False), encoding="utf-8")
        _load_as_it_is(folder / "tokenizer_config.json")


def mend_added_tokens(tokenizer: dict[str, Any], tokens: Sequence[str], types: Sequence[int]) -> bool:
    """Make each control token and each user-defined one an added token under its own id and name.

    Args:
        tokenizer: the values of a tokenizer.json, changed in place.
        tokens: as the GGUF file spells them, by their ids; `types` are their kinds.
    Returns:
        Whether anything had to be changed.
    """
    vocabulary = tokenizer["model"]["vocab"]
    own = {entry["content"]: entry["id"] for entry in tokenizer["added_tokens"]}
    wrong = {
        token_id: (token, token_type == TokenType.CONTROL)
        for token_id, (token, token_type) in enumerate(zip(tokens, types, strict=False))
        if token_type in _ADDED and token and (own.get(token), vocabulary.get(token)) != (token_id, token_id)
    }
    if not wrong:
        return False
    spelled = {token_id: token for token, token_id in vocabulary.items()}
    for token_id, (token, _) in wrong.items():
        vocabulary.pop(spelled.get(token_id), None)
        vocabulary[token] = token_id
    tokenizer["model"]["merges"] = [pair for pair in tokenizer["model"]["merges"] if _is_known(pair, vocabulary)]
    names = {token for token, _ in wrong.values()}
    kept = [entry for entry in tokenizer["added_tokens"] if entry["content"] not in names]
    added = [_entry(token_id, token, is_control) for token_id, (token, is_control) in wrong.items()]
    tokenizer["added_tokens"] = sorted([*kept, *added], key=lambda entry: entry["id"])
    _renumber(tokenizer.get("post_processor"), {token: token_id for token_id, (token, _) in wrong.items()})
    return True


def _is_known(merge: Sequence[str] | str, vocabulary: dict[str, int]) -> bool:
    """Whether the two parts of a merge, and what comes of it, still are tokens."""
    first, second = merge.split(" ") if isinstance(merge, str) else merge
    return {first, second, first + second} <= vocabulary.keys()


def _entry(token_id: int, token: str, is_control: bool) -> dict[str, Any]:
    return {
        "id": token_id, "content": token, "single_word": False, "lstrip": False, "rstrip": False,
        "normalized": False, "special": is_control,
    }  # fmt: skip


def _renumber(step: Any, ids: dict[str, int]) -> None:
    """Give the marks that a post-processor puts around a text their ids, wherever it names them."""
    if isinstance(step, dict):
        if step.get("id") in ids and "ids" in step:
            step["ids"] = [ids[step["id"]]]
        for value in step.values():
            _renumber(value, ids)
    elif isinstance(step, list):
        for value in step:
            _renumber(value, ids)


def _load_as_it_is(config_file: Path) -> None:
    """Let tokenizer.json be read whole: the classes of some families build theirs anew from its vocabulary."""
    config = json.loads(config_file.read_text(encoding="utf-8"))
    config["tokenizer_class"] = "PreTrainedTokenizerFast"
    config.pop("added_tokens_decoder", None)
    config_file.write_text(json.dumps(config, ensure_ascii=False, indent=2), encoding="utf-8")
