"""What happens in a run, one frozen record a kind; folding them in order gives the tree.

    RunStarted  SequenceStarted*  (Forked* NodeAdded* SequenceFinished?)*  RunFinished

Node 0 is the prompt and exists from RunStarted on, as does sequence 0, whose leaf it is; a strategy of independent
samples starts more sequences there. Forked events stand before the nodes they cause, one for each new sequence: the
first NodeAdded after them continues `sequence`, the next ones start the new sequences in their order.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any, ClassVar, Literal

from eager_core.by_hand import HandBranch
from eager_core.context_cap import ContextCap
from eager_core.errors import TraceError
from eager_core.settings import Settings

FinishReason = Literal["eos", "length", "stopped", "pruned", "unknown"]
"""How a sequence ended: an end-of-sequence token, the length limit (or the model's context), the user's stop, or the
strategy, which kept more likely ones ("pruned"). "unknown" where a run was imported that does not tell."""

Rule = Literal[
    "first", "second", "further", "drawn", "greedy", "full", "spent", "ended", "guarded", "unmonitored", "by_hand"
]  # fmt: skip
"""Why a node has its token. In a fork: the most likely ("first"), the second most likely ("second") or a later one
("further", see the rank). Else the token was drawn by the dice, or taken where the temperature is 0, because

- "drawn": the entropy was below the threshold, or the strategy never forks;
- "greedy": as "drawn", and the most likely token was taken, for the temperature is 0 or the strategy draws nothing;
- "full": the entropy called for a fork, but M sequences existed already;
- "spent": it called for a fork, but the path has forked so often that no branches are left (the most likely token);
- "ended": the token drawn ended the sequence, which the strategy looks at first;
- "guarded": it called for a fork, but the thinking had ended (`</think>`);
- "unmonitored": the strategy had stopped looking at entropies;
- "by_hand": a person asked for this token here, beside what the strategy decided (the token after it is drawn)."""


@dataclass(frozen=True)
class RunStarted:
    """A run begins: node 0 (the prompt) and sequence 0 exist."""

    kind: ClassVar[Literal["run_started"]] = "run_started"
    model: str
    prompt: str
    settings: Settings
    seed: int | None = None
    by_hand: tuple[HandBranch, ...] = ()
    """Branches that a person asked for, grown beside those of the strategy."""
    date: str | None = None
    """The day that the prompt's chat frame was told, as YYYY-MM-DD."""
    prompt_digest: str | None = None
    """Of the token ids of the prompt in its frame, in hexadecimal: whether two runs asked the same."""
    unknown: frozenset[str] = frozenset()
    """Names of settings that an imported run does not tell. They hold defaults in `settings`; see `known`."""
    context_cap: ContextCap | None = None
    """Where less than the model's context can be used; None where all of it can, or where that is not told."""
    precision: str | None = None
    """What the model computed in, "float32" or "bfloat16"; None where that is not told."""
    device: str | None = None
    """Where it ran, as torch names it: "cpu", "cuda:0"; None where that is not told."""

    def known(self, name: str) -> Any:
        """Return the setting `name` of this run, or None where it is not known."""
        return None if name in self.unknown else getattr(self.settings, name)

    def known_settings(self) -> dict[str, Any]:
        """Return the settings that are known, by their names."""
        return {name: value for name, value in asdict(self.settings).items() if name not in self.unknown}


@dataclass(frozen=True)
class SequenceStarted:
    """One more sequence begins at the prompt, beside sequence 0."""

    kind: ClassVar[Literal["sequence_started"]] = "sequence_started"
    sequence: int


@dataclass(frozen=True)
class NodeAdded:
    """One generated token in its context; it becomes the leaf of `sequence`. In imported runs None is unknown."""

    kind: ClassVar[Literal["node_added"]] = "node_added"
    id: int
    """1, 2, 3, ... in the order of creation."""
    parent: int
    depth: int
    """Tokens after the prompt, this one counted."""
    token_id: int | None
    text: str
    """What the token adds to the text of its path: empty while a character is incomplete."""
    entropy: float | None
    """Nats, of the distribution that the token came from."""
    logprob: float | None
    """Natural log of the token's probability before temperature and top-p."""
    rank: int | None
    """1 for the most likely token of the distribution."""
    dice: float | None
    """The roll in [0, 1) that belongs to the path before this token; unused in forks and where `rule` is greedy."""
    rule: Rule
    sequence: int
    token_bytes: bytes | None = None
    """The token's own bytes where `text` can't say them (part of a character); None where it can."""


@dataclass(frozen=True)
class Forked:
    """`sequence` goes on with the first token after `node`, `new_sequence` begins with the second, or a later one."""

    kind: ClassVar[Literal["forked"]] = "forked"
    step: int
    """Depth of `node`."""
    node: int
    sequence: int
    new_sequence: int
    entropy: float
    threshold: float | None
    """Nats; the theta in force at this node. None if a person forked where the strategy compared nothing."""
    first_token_id: int | None
    second_token_id: int | None
    """The token that `new_sequence` begins with."""


@dataclass(frozen=True)
class SequenceFinished:
    """`sequence` will not grow any more in this run."""

    kind: ClassVar[Literal["sequence_finished"]] = "sequence_finished"
    sequence: int
    finish_reason: FinishReason


@dataclass(frozen=True)
class RunFinished:
    """The run is over: all sequences are finished. What the model did for it stands here, the rest is in the tree."""

    kind: ClassVar[Literal["run_finished"]] = "run_finished"
    forward_passes: int
    seconds: float


Event = RunStarted | SequenceStarted | NodeAdded | Forked | SequenceFinished | RunFinished

_CLASS_OF_KIND: dict[str, type[Event]] = {
    cls.kind: cls for cls in (RunStarted, SequenceStarted, NodeAdded, Forked, SequenceFinished, RunFinished)
}


def start_of(events: Sequence[Event]) -> RunStarted:
    """Return the event that a run's log begins with.

    Raises:
        TraceError: it begins with none, or with another one.
    """
    if not events or not isinstance(events[0], RunStarted):
        raise TraceError("The events do not begin with the start of a run; pass a run's whole log.")
    return events[0]


def event_to_json(event: Event) -> dict[str, Any]:
    """Return `event` as a dict of JSON values, tagged with its `kind`."""
    record = {"kind": event.kind, **asdict(event)}
    if isinstance(event, RunStarted):
        record["settings"] = event.known_settings()
        record.pop("unknown")
        for name in ("context_cap", "precision", "device"):
            if record[name] is None:
                record.pop(name)
    if isinstance(event, NodeAdded) and event.token_bytes is not None:
        record["token_bytes"] = event.token_bytes.hex()
    return record


def event_from_json(record: Mapping[str, Any]) -> Event:
    """Return the event that `event_to_json` gave.

    Raises:
        TraceError: an unknown kind, or fields that do not fit it.
    """
    record = dict(record)
    kind = record.pop("kind", None)
    cls = _CLASS_OF_KIND.get(kind) if isinstance(kind, str) else None
    if cls is None:
        raise TraceError(f"An event has kind {kind!r}; known kinds are {', '.join(_CLASS_OF_KIND)}.")
    try:
        if record.get("token_bytes") is not None:
            record["token_bytes"] = bytes.fromhex(record["token_bytes"])
        return cls(**(_started_fields(record) if cls is RunStarted else record))
    except (TypeError, ValueError, KeyError) as error:
        raise TraceError(f"An event of kind {kind!r} has fields that do not fit: {error}.") from None


def _started_fields(record: dict[str, Any]) -> dict[str, Any]:
    settings, by_hand = record["settings"], record.get("by_hand", ())
    cap = record.get("context_cap")
    return record | {
        "context_cap": None if cap is None else ContextCap(**cap),
        "settings": Settings(**settings),
        "unknown": frozenset(field.name for field in fields(Settings)) - set(settings),
        "by_hand": tuple(HandBranch(tuple(branch["path"]), branch["token_id"]) for branch in by_hand),
    }
