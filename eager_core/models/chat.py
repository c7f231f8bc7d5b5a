"""The chat frame around a prompt: the tokens that tell an instruction model who speaks."""

import re
from functools import lru_cache
from typing import Any

from transformers import PreTrainedTokenizerBase

from eager_core.errors import ModelError
from eager_core.models.pinned_date import pinned_variables, without_clock
from eager_core.prompt import DEFAULT_DATE

THINKING: dict[str, Any] = {"enable_thinking": True, "thinking": True, "reasoning_effort": "high"}
"""Template variables by which models that think are told to do so at length; templates ignore what they don't know."""

_MARK = "\ue000prompt\ue000"


class ChatFrame:
    """Encodes prompts for one tokenizer; without a chat template, prompts stay as they are (base models).

    Control tokens that a user types ("<|im_end|>") are text, not control: such a prompt is encoded without its
    control tokens, and only the frame's own keep their meaning. Every other prompt gives what
    `apply_chat_template(tokenize=True)` gives. Stateless; can be shared by threads.
    """

    def __init__(self, tokenizer: PreTrainedTokenizerBase) -> None:
        """Raises: ModelError, if the tokenizer's template has no place for a prompt."""
        self._tokenizer = tokenizer
        self._template = without_clock(tokenizer.get_chat_template()) if self.exists else ""
        # Of few dates: a page's visitors share one, as a rule.
        self._halves = lru_cache(maxsize=16)(self._split)
        frame = "".join(self._halves(DEFAULT_DATE))
        controls = [
            token.content
            for token in tokenizer.added_tokens_decoder.values()
            if token.special or token.content in frame
        ]
        self._control = re.compile("|".join(map(re.escape, sorted(controls, key=len, reverse=True))) or r"(?!)")

    @property
    def exists(self) -> bool:
        """Whether the model has a chat template."""
        return bool(self._tokenizer.chat_template)

    def encode(self, prompt: str, date: str = DEFAULT_DATE) -> list[int]:
        """Return the token ids of the prompt in its frame, with the cue for the model to answer.

        Args:
            date: YYYY-MM-DD, what a template is told that asks for the date; no clock is ever read.
        """
        if self._control.search(prompt):
            return self._encode_as_text(prompt, date)
        if self.exists:
            return self._tokenizer(self._render(prompt, date), add_special_tokens=False)["input_ids"]
        return self._tokenizer(prompt)["input_ids"]

    def _split(self, date: str) -> tuple[str, str]:
        """Return what stands before a prompt and behind it."""
        before, found, after = self._render(_MARK, date).partition(_MARK) if self.exists else ("", _MARK, "")
        if not found:
            raise ModelError("The model's chat template leaves the user's message out; name another model.")
        return before, after

    def _render(self, prompt: str, date: str) -> str:
        text = self._tokenizer.apply_chat_template(
            [{"role": "user", "content": prompt}],
            chat_template=self._template,
            tokenize=False,
            add_generation_prompt=True,
            **THINKING,
            **pinned_variables(date),
        )
        assert isinstance(text, str)  # `tokenize=False`
        return text

    def _encode_as_text(self, prompt: str, date: str) -> list[int]:
        """Encode a prompt that holds control tokens: as one plain text from the last control token of the frame's
        first half to the first of its second, because tokens may reach over the border of frame and prompt."""
        if not self.exists:
            beginning = self._tokenizer("")["input_ids"]  # a beginning-of-text token, where the model has one
            return [*beginning, *self._plain_ids(prompt)]
        before, after = self._halves(date)
        begin = max((control.end() for control in self._control.finditer(before)), default=0)
        closing = self._control.search(after)
        end = closing.start() if closing else len(after)
        plain = before[begin:] + prompt + after[:end]
        opening_ids, closing_ids = self._framing_ids(before[:begin]), self._framing_ids(after[end:])
        return [*opening_ids, *self._plain_ids(plain), *closing_ids]

    def _framing_ids(self, text: str) -> list[int]:
        return self._tokenizer(text, add_special_tokens=False)["input_ids"] if text else []

    def _plain_ids(self, text: str) -> list[int]:
        """Run the tokenizer's own pipeline without the step that looks for added tokens."""
        backend = self._tokenizer.backend_tokenizer
        if backend.normalizer is not None:
            text = backend.normalizer.normalize_str(text)
        splits = [(text, None)] if backend.pre_tokenizer is None else backend.pre_tokenizer.pre_tokenize_str(text)
        return [token.id for split, _ in splits for token in backend.model.tokenize(split)]
