"""What is kept of one prompt in one stage; goes to JSON and back unchanged."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Annotated, Any

from pydantic import Field, TypeAdapter, with_config

from eager_core.events import FinishReason
from eager_core.schema import STRICT, Count, checked
from eager_core.tree import TokenTree

_Positive = Annotated[float, Field(ge=0)]
_Record = with_config(STRICT | {"extra": "forbid"})


@_Record
@dataclass(frozen=True)
class SequenceRecord:
    """One sequence."""

    token_ids: tuple[Count, ...]
    """After the prompt, an end-of-sequence token counted."""
    text: str
    answer: str | None
    is_correct: bool
    finish_reason: FinishReason


@_Record
@dataclass(frozen=True)
class PromptRecord:
    """One prompt in one stage. A stage 2 record holds stage 1's sequences too, and its tokens count both."""

    stage: str
    number: Count
    """Place of the prompt in its set, from 0."""
    task_id: str
    prompt: str
    target: str
    sequences: tuple[SequenceRecord, ...]
    """Those of stage 1 first, then new ones, at most as many as the prompt may have."""
    others: tuple[tuple[Count, ...], ...]
    """Token ids of sequences that were paid and not kept: pruned, or beyond what the prompt may have."""
    num_tokens: Count
    """#T: generated tokens; a prefix that sequences share counts once (not so under parallel sampling)."""
    is_majority_correct: bool
    runs: tuple[Mapping[str, int | float], ...]
    """Theta and M of each run that it took."""
    mean_entropy: _Positive | None
    """Of a plain generation, whole vocabulary, nats; where the stage needs it."""
    forward_passes: Count
    seconds: _Positive

    @property
    def is_solved(self) -> bool:
        """Whether any sequence is correct."""
        return any(sequence.is_correct for sequence in self.sequences)

    def to_json(self) -> dict[str, Any]:
        """Return JSON values."""
        return asdict(self)

    @classmethod
    def from_json(cls, text: str, name: str = "The record") -> "PromptRecord":
        """Return the record whose `to_json` a text holds.

        Args:
            name: what to call it in errors.
        Raises:
            TraceError: these are not a record's values; the first wrong one is named.
        """
        return checked(_SCHEMA, text, name, "delete it, and it will be made again")


_SCHEMA = TypeAdapter(PromptRecord)


def token_paths(tree: TokenTree) -> list[tuple[int, ...]]:
    """Return the token ids of each sequence of a run."""
    return [tuple(node.known_token_id for node in tree.path(sequence.leaf)) for sequence in tree.sequences]


def num_distinct_tokens(paths: Iterable[tuple[int, ...]]) -> int:
    """Return how many tokens `paths` have, a prefix that several share counted once: the nodes of their trie."""
    num_tokens = 0
    former: tuple[int, ...] = ()
    # In sorted order the longest prefix shared with any earlier path is shared with the one just before.
    for path in sorted(set(paths)):
        shared = 0
        while shared < min(len(path), len(former)) and path[shared] == former[shared]:
            shared += 1
        num_tokens += len(path) - shared
        former = path
    return num_tokens
