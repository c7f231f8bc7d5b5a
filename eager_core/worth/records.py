"""What is kept of one prompt: enough to analyse anew without a model. Goes to JSON and back unchanged.

A probe holds the tree of the samples as two columns, and each measure as one more: a few dozen bytes a token, at most
`plan.LARGEST_PROMPT_TOKENS` tokens.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Annotated, Any, TypeVar

from pydantic import Field, TypeAdapter, with_config

from eager_core.errors import TraceError
from eager_core.schema import STRICT, Count, checked

_REMEDY = "delete it, and it will be made again"
_Positive = Annotated[float, Field(ge=0)]
_Record = with_config(STRICT | {"extra": "forbid"})


@_Record
@dataclass(frozen=True)
class Leaf:
    """The end of one sample; samples that are alike end at the same node."""

    node: Count
    is_right: bool


@_Record
@dataclass(frozen=True)
class Place:
    """A node from which both of its two most likely tokens were rolled out."""

    node: Count
    num_right: tuple[Count, Count]
    """Rollouts with a right answer, after the most likely token and after the second."""
    num_rollouts: Annotated[Count, Field(ge=1)]
    """After each of the two."""

    @property
    def gap(self) -> float:
        """How far the pass rates of the two sides are apart, in [0, 1]."""
        first, second = self.num_right
        return abs(first - second) / self.num_rollouts


@_Record
@dataclass(frozen=True)
class ProbeRecord:
    """The samples of one prompt with the measures of all their tokens, and the places that were rolled out."""

    number: Count
    """Place of the prompt in its set, from 0."""
    task_id: str
    prompt: str
    target: str
    parents: tuple[Count | None, ...]
    """By node of the samples' tree, the prompt being node 0; a prefix that samples share stands once."""
    token_ids: tuple[Count | None, ...]
    measures: Mapping[str, tuple[float | None, ...]]
    """By name and node: what was measured after the node; null at the ends, where the model was not asked, and in the
    whole column where it does not tell the measure. Six digits."""
    leaves: tuple[Leaf, ...]
    """One a sample."""
    num_tokens: Count
    """#T of the samples, shared prefixes counted each time: what full sampling costs."""
    places: tuple[Place, ...]
    rollout_tokens: Count
    forward_passes: Count
    seconds: _Positive

    def __post_init__(self) -> None:
        """Raises: TraceError, if its columns do not fit each other."""
        num_nodes = len(self.parents)
        named = [leaf.node for leaf in self.leaves] + [place.node for place in self.places]
        fits = (
            num_nodes == len(self.token_ids)
            and all(len(column) == num_nodes for column in self.measures.values())
            and all(node < num_nodes for node in named)
            and all(max(place.num_right) <= place.num_rollouts for place in self.places)
            and all(parent is None if not node else parent is not None and parent < node
                    for node, parent in enumerate(self.parents))
        )  # fmt: skip
        if not fits:
            raise TraceError(f"The record of prompt {self.number + 1} contradicts itself; {_REMEDY}.")

    def is_told(self, measure: str) -> bool:
        """Whether the model told `measure`: somewhere, and at every place that was rolled out."""
        column = self.measures.get(measure, ())
        return any(value is not None for value in column) and all(column[p.node] is not None for p in self.places)


@_Record
@dataclass(frozen=True)
class WalkRecord:
    """What one measure at one theta came to."""

    measure: str
    theta: _Positive
    num_tokens: Count
    """#T: shared prefixes once."""
    num_sequences: Count
    num_correct: Count
    forks: Mapping[str, Count]
    """How many forks there were of each mark; see `marks.Mark`."""

    @property
    def num_forks(self) -> int:
        """All of them."""
        return sum(self.forks.values())


@_Record
@dataclass(frozen=True)
class TriggerRecord:
    """One prompt walked with each measure making the forks, at each of its thetas."""

    number: Count
    task_id: str
    prompt: str
    target: str
    walks: tuple[WalkRecord, ...]
    new_tokens: Count
    """Nodes that all walks together had to ask the model for."""
    forward_passes: Count
    seconds: _Positive


Record = TypeVar("Record", ProbeRecord, TriggerRecord)
_SCHEMAS: dict[type, TypeAdapter[Any]] = {kind: TypeAdapter(kind) for kind in (ProbeRecord, TriggerRecord)}


def record_to_json(record: ProbeRecord | TriggerRecord) -> dict[str, Any]:
    """Return JSON values."""
    return asdict(record)


def record_from_json(kind: type[Record], text: str, name: str = "The record") -> Record:
    """Return the record that `text` holds.

    Args:
        name: what to call it in errors.
    Raises:
        TraceError: these are not its values; the first wrong one is named.
    """
    return checked(_SCHEMAS[kind], text, name, _REMEDY)


def six_digits(number: float) -> float:
    """Return the number as it stands in a record."""
    return float(f"{number:.6g}")
