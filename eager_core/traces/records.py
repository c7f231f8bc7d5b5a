"""The keys of a trace and what each may hold: the schema that a file is checked against."""

from datetime import date
from typing import Annotated, Literal, NotRequired, TypeVar

from pydantic import AfterValidator, FailFast, Field, TypeAdapter, with_config
from typing_extensions import TypedDict

from eager_core.context_cap import ContextLimit
from eager_core.events import FinishReason, Rule
from eager_core.recorded import HIGHEST_TEMPERATURE
from eager_core.schema import LARGEST_COUNT, STRICT, Count
from eager_core.settings import TOP_K

SCHEMA_VERSION = 2
"""Written. Version 1 is read too: it had the seed and the branches by hand among the settings, as [path, token id],
and neither date, digest, bytes nor alternatives."""

_LARGEST_NATS = 1e6
LOWEST_LOGPROB = -_LARGEST_NATS
"""Stands for a token that can't be, whose log-probability JSON can't hold."""
_ROUNDING = 0.01
"""A measure that is 0 at least, or a probability of 1 at most, may be beyond it by so much."""


def _day(text: str) -> str:
    """Return a day written as YYYY-MM-DD; ValueError if the calendar has none of that name."""
    if date.fromisoformat(text).isoformat() != text:
        raise ValueError("a day is written as YYYY-MM-DD")
    return text


Entropy = Annotated[float, Field(ge=0, le=_LARGEST_NATS)]
Measured = Annotated[float, Field(ge=-_ROUNDING, le=_LARGEST_NATS)]
"""By whatever measure the strategy looks at."""
LogProb = Annotated[float, Field(ge=-_LARGEST_NATS, le=_ROUNDING)]
Dice = Annotated[float, Field(ge=0, lt=1)]
Rank = Annotated[Count, Field(ge=1)]
Seed = Annotated[int, Field(ge=0, lt=2**63)]
Seconds = Annotated[float, Field(ge=0, le=1e12)]
Temperature = Annotated[float, Field(ge=0, le=HIGHEST_TEMPERATURE)]
Hex = Annotated[str, Field(pattern="^([0-9a-f]{2})*$")]
Item = TypeVar("Item")
Column = Annotated[list[Item], FailFast()]
Day = Annotated[str, AfterValidator(_day)]


@with_config(STRICT)
class NodeRecord(TypedDict):
    """One generated token, as `events.NodeAdded`; null is unknown. Other keys are left to later versions.

    The first node is the prompt's, and the only one with no parent and no rule.
    """

    id: Count
    parent: Count | None
    depth: Count
    token_id: Count | None
    text: str
    bytes: NotRequired[Hex]
    """The token's own bytes where its text can't say them."""
    entropy: Entropy | None
    logprob: LogProb | None
    rank: Rank | None
    dice: Dice | None
    rule: Rule | None


@with_config(STRICT)
class SequenceRecord(TypedDict):
    """As `tree.Sequence`; its text and its number of tokens follow from the nodes, and are written for readers."""

    id: Count
    parent_sequence: Count | None
    leaf: Count
    finish_reason: FinishReason | None


@with_config(STRICT)
class ForkRecord(TypedDict):
    """As `events.Forked`."""

    step: Count
    node: Count
    sequence: Count
    new_sequence: Count
    entropy: Measured
    threshold: Measured | None
    first_token_id: Count | None
    second_token_id: Count | None


@with_config(STRICT)
class HandBranchRecord(TypedDict):
    """As `by_hand.HandBranch`."""

    path: list[Count]
    token_id: Count


@with_config(STRICT)
class ContextCapRecord(TypedDict):
    """As `context_cap.ContextCap`."""

    length: Count
    model_length: Count
    limited_by: ContextLimit


@with_config(STRICT | {"extra": "allow"})
class SettingsRecord(TypedDict):
    """The fields of `Settings`, which checks them itself. In version 1 these stood among them:"""

    seed: NotRequired[Seed]
    by_hand: NotRequired[list[tuple[list[Count], Count]]]


@with_config(STRICT)
class LedgerRecord(TypedDict):
    """What the model did; the other figures of `tree.Ledger` follow from the nodes, and are written for readers."""

    forward_passes: Count
    seconds: Seconds


@with_config(STRICT)
class AlternativesRecord(TypedDict):
    """What the model said after the nodes, as `recorded.Recorded`, in columns: one entry a node of `nodes`.

    Token texts stand once, in a table of (id, text, bytes); `tokens` are places in it.
    """

    vocabulary_size: Annotated[Count, Field(ge=1)]
    token_ids: Column[Count]
    texts: Column[str]
    bytes: Column[tuple[Count, Hex]]
    """[place in the table, bytes], where the text can't say them."""
    nodes: Column[Count]
    """Those after which the tokens stand, rising."""
    tokens: Column[Annotated[list[Count], FailFast(), Field(min_length=1, max_length=TOP_K)]]
    logprobs: Column[Annotated[list[LogProb], FailFast(), Field(min_length=1, max_length=TOP_K)]]
    top_k_entropy: Column[Entropy]
    full_entropy: Column[Entropy]
    full_varentropy: Column[Entropy]
    layer_divergence: Column[Measured | None]
    nucleus_size: Column[Annotated[Count, Field(ge=1)]]
    nucleus_weight: Column[Annotated[float, Field(ge=1 - _ROUNDING, le=LARGEST_COUNT)]]
    kept_nodes: Column[Count]
    """Those of which it is known at which temperatures the roll gives the same token, rising; from and to which:"""
    kept_from: Column[Temperature]
    kept_to: Column[Temperature]


@with_config(STRICT)
class TraceRecord(TypedDict):
    """A whole trace."""

    schema_version: Literal[1, 2]
    model: str
    prompt: str
    seed: NotRequired[Seed | None]
    date: NotRequired[Day | None]
    prompt_digest: NotRequired[Hex | None]
    settings: SettingsRecord
    by_hand: NotRequired[list[HandBranchRecord]]
    context_cap: NotRequired[ContextCapRecord]
    precision: NotRequired[str]
    device: NotRequired[str]
    nodes: Annotated[list[NodeRecord], FailFast(), Field(min_length=1)]
    sequences: Annotated[list[SequenceRecord], FailFast(), Field(min_length=1)]
    forks: Annotated[list[ForkRecord], FailFast()]
    alternatives: NotRequired[AlternativesRecord]
    is_finished: NotRequired[bool]
    ledger: LedgerRecord


TRACE = TypeAdapter(TraceRecord)
