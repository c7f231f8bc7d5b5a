"""From the authors' result file to trees.

What the file holds, and what not: for each sequence its whole text and one entropy a token, for each fork its place
and the text of its two tokens; no token ids, probabilities and dice. After the monitoring has ended it has one value a
word, not a token.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Annotated, Any, Final, NotRequired

from pydantic import FailFast, TypeAdapter, with_config
from typing_extensions import TypedDict

from eager_core.authors.branches import branch_of
from eager_core.authors.lines import lines_of
from eager_core.authors.literals import parse_literal
from eager_core.authors.matching import runs_of
from eager_core.authors.run_events import RunEvents
from eager_core.errors import SettingsError, TraceError
from eager_core.event_order import in_order
from eager_core.events import RunStarted
from eager_core.schema import STRICT, checked
from eager_core.settings import Settings, check_seed
from eager_core.text_file import read_text
from eager_core.tree import TokenTree, fold

LARGEST_FILE_BYTES = 256 * 2**20
MOST_NODES = 2_000_000
"""Of all prompts of a file together."""

AWARE: Final = "entropy-aware-generations"
DEFAULT: Final = "default-generations"
"""Where a file has its entries: those of EAGer, or those of full parallel sampling."""

_REMEDY = "name a result file of the authors' code"


@with_config(STRICT)
class EntryRecord(TypedDict):
    """One prompt."""

    prompt: str
    target: NotRequired[Any]
    extracted_answers: NotRequired[str | None]
    generations: list[str]
    entropies: NotRequired[list[str]]
    recorded_branches: NotRequired[list[str]]


_Entries = Annotated[list[EntryRecord], FailFast()]
# Their names are no names of Python.
_FileRecord = TypedDict(
    "_FileRecord",
    {
        "params": NotRequired[dict[str, Any]],
        "entropy-aware-generations": NotRequired[_Entries],
        "default-generations": NotRequired[_Entries],
    },
)
_FILE = TypeAdapter(with_config(STRICT | {"extra": "allow"})(_FileRecord))


@dataclass(frozen=True)
class ImportedRun:
    """One prompt of a result file."""

    tree: TokenTree
    target: str
    answers: tuple[str | None, ...]
    """As the authors' code extracted them, one a sequence; empty where it did not."""


def load_authors_file(path: str | os.PathLike) -> list[ImportedRun]:
    """Return the runs of a result file of the authors' code, one a prompt.

    Raises:
        TraceError: the file can't be read, is too large, or is no such file; one sentence says why.
    """
    return runs_from_authors_json(read_text(path, LARGEST_FILE_BYTES))


def runs_from_authors_json(text: str) -> list[ImportedRun]:
    """Return the runs that the text of a result file holds. Nothing in it is evaluated.

    Where stage 2 added to a prompt's sequences, its tree holds the runs of both stages: each begins at the prompt.

    Raises:
        TraceError: it is no such file, half a file, contradicts itself, or is larger than any real one.
    """
    record = checked(_FILE, text, "The result file", _REMEDY)
    whole: Mapping[str, Any] = record
    name = next((name for name in (AWARE, DEFAULT) if whole.get(name)), None)
    if name is None:
        raise TraceError(f"The result file has no {AWARE} and no {DEFAULT}; {_REMEDY}.")
    _check_size(whole[name])
    return [_run(whole, number, entry, name == AWARE) for number, entry in enumerate(whole[name])]


def _check_size(entries: list[EntryRecord]) -> None:
    values = (value for entry in entries for value in entry.get("entropies", []))
    num_nodes = sum(value.count(",") + 1 for value in values)
    if num_nodes > MOST_NODES:
        raise TraceError(f"The result file has {num_nodes:,} entropies; up to {MOST_NODES:,} can be shown.")


def _run(whole: Mapping[str, Any], number: int, entry: EntryRecord, is_aware: bool) -> ImportedRun:
    place = f"Prompt {number} of the result file"
    if not entry["generations"]:
        raise TraceError(f"{place} has no generations; the file is not whole.")
    # Full parallel sampling writes the answers alone: where one restates the prompt, that is the model's.
    prompt = entry["prompt"] if is_aware else None
    lines = lines_of(place, entry["generations"], entry.get("entropies", []), prompt)
    branches = [branch_of(place, parse_literal(branch)) for branch in entry.get("recorded_branches", [])]
    events = RunEvents(runs_of(place, lines, branches))
    tree = fold(in_order([_started(whole, entry["prompt"], is_aware), *events.all()]))
    answers = parse_literal(entry.get("extracted_answers") or "[]")
    answers = answers if isinstance(answers, list) else []
    known = [None if answer is None else str(answer) for answer in answers]
    if len(known) == len(lines):
        numbered = {events.sequence_of_line[line]: answer for line, answer in zip(lines, known, strict=True)}
        known = [numbered[number] for number in range(len(lines))]
    return ImportedRun(tree, str(entry.get("target", "")), tuple(known))


def _started(whole: Mapping[str, Any], prompt: str, is_aware: bool) -> RunStarted:
    """Return the run's beginning, with the settings that the file tells; what `Settings` can't hold is unknown."""
    # Their code nests these; their README shows them at the top.
    params = {**whole, **whole.get("params", {})}
    told: dict[str, Any] = {
        "theta": params.get("entropy_threshold"),
        "max_sequences": params.get("max_sequences"),
        "temperature": params.get("temperature"),
        "max_new_tokens": params.get("max_new_tokens"),
        "strategy": "reference" if is_aware else "parallel",
        "dynamic_threshold": params.get("dynamic_entropy"),
    }
    known = {name: value for name, value in told.items() if _can_be(name, value)}
    unknown = frozenset(field.name for field in fields(Settings)) - set(known)
    try:
        seed = check_seed(params.get("seed"))
    except SettingsError:
        seed = None
    return RunStarted(str(params.get("model_name", "unknown")), prompt, Settings(**known), seed, unknown=unknown)


def _can_be(name: str, value: Any) -> bool:
    try:
        Settings(**{name: value})
    except SettingsError:
        return False
    return True
