"""Text to tokens and back, for one model."""

from collections.abc import Sequence

from transformers import PreTrainedTokenizerBase

from eager_core.errors import PromptError
from eager_core.models.chat import ChatFrame
from eager_core.models.pieces import pieces_of
from eager_core.prompt import DEFAULT_DATE

_MOST_CHARACTERS_PER_TOKEN = 32
"""No text averages this many (prose has 3-5), so a longer one is refused unread: tokenising 10 MB takes seconds."""


class TextCodec:
    """Encodes prompts and decodes tokens. Immutable but for memos; can be shared by threads."""

    def __init__(self, tokenizer: PreTrainedTokenizerBase) -> None:
        self._frame = ChatFrame(tokenizer)
        self._pieces = pieces_of(tokenizer.backend_tokenizer)
        added = tokenizer.added_tokens_decoder.items()
        self._special_ids = frozenset(tokenizer.all_special_ids) | {id_ for id_, token in added if token.special}

    def encode_prompt(self, prompt: str, context_length: int, date: str = DEFAULT_DATE) -> list[int]:
        """Return the token ids of the prompt in its chat frame, or of the plain prompt for a base model.

        Args:
            date: YYYY-MM-DD, for chat templates that tell the model a date.
        Raises:
            PromptError: nothing but whitespace or characters that the model has no tokens for, or no room for an answer
                in `context_length` tokens.
        """
        if not prompt.strip():
            raise PromptError("The prompt is empty; type a question or a text for the model to continue.")
        most_characters = context_length * _MOST_CHARACTERS_PER_TOKEN
        if len(prompt) > most_characters:
            raise PromptError(
                f"The prompt has {len(prompt):,} characters, far more than this model's context of "
                f"{context_length:,} tokens can hold; shorten it."
            )
        # Half a surrogate pair (a cut emoji) is no character and no tokenizer takes it.
        ids = self._frame.encode(prompt.encode("utf-8", errors="replace").decode("utf-8"), date)
        if not ids:
            raise PromptError("The prompt has no character that this model knows; type another text.")
        if len(ids) >= context_length:
            frame = " with its chat frame" if self._frame.exists else ""
            raise PromptError(
                f"The prompt has {len(ids):,} tokens{frame}, but this model's context holds {context_length:,} "
                "and the answer needs at least one of them; shorten the prompt."
            )
        return ids

    def token_text(self, path: Sequence[int], token_id: int) -> str:
        """Return what `token_id` adds to the text of the tokens `path`: empty while a character is incomplete.

        Joined along a path, these texts are the decode of the whole path, control tokens spelt out ("<|im_end|>") and
        an incomplete last character left out. Costs microseconds, however long the path.
        """
        return self._pieces.text(path, token_id)

    def token_bytes(self, token_id: int) -> bytes | None:
        """Return the token's own bytes, whatever stands before it; None where this kind of tokenizer has none."""
        return self._pieces.bytes_of(token_id)

    def is_special(self, token_id: int) -> bool:
        """Whether the token is a control token (an end-of-sequence mark, say), not text."""
        return token_id in self._special_ids
