"""From the authors' result file to trees.

What the file holds, and what not: for each sequence its whole text and one entropy a token, for each fork its place
and the text of its two tokens. Where one token's text ends and the next begins is nowhere in it, except at forks, nor
are token ids, probabilities and dice. So a node stands for each entropy, in the right place; a fork's nodes have their
own text; the text up to the next fork stands as a whole at the node after them, and is empty at the rest. What is
unknown is None.

    entropies 0:  2.28  2.51  0.71  0.56        The | story | of a dragon is ...
    entropies 1:   -1   2.51  0.03  0.82            ' tale  | of a dragon is ...
"""

import json
import math
import os
from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from eager_core.authors.literals import parse_literal
from eager_core.errors import SettingsError, TraceError
from eager_core.events import Event, Forked, NodeAdded, RunFinished, RunStarted, SequenceFinished, SequenceStarted
from eager_core.settings import Settings, check_seed
from eager_core.tree import ROOT, TokenTree, fold

LARGEST_FILE_BYTES = 256 * 2**20
MOST_NODES = 2_000_000
"""Of all prompts of a file together."""

REUSED, UNMONITORED, END = -1, -2, -9
"""Stand in place of entropies."""

_ASSISTANT_HEADERS = (
    "<|im_start|>assistant\n",
    "<|start_header_id|>assistant<|end_header_id|>\n\n",
    "<｜Assistant｜>",
    "<|start|>assistant",
    "<start_of_turn>model\n",
    "[/INST]",
)
_LONGEST_TOKEN_CHARACTERS = 200


@dataclass(frozen=True)
class ImportedRun:
    """One prompt of a result file."""

    tree: TokenTree
    target: str
    answers: tuple[str | None, ...]
    """As the authors' code extracted them; empty where it did not."""


@dataclass
class _Line:
    """One sequence of an entry."""

    text: str
    """Without the formatted prompt."""
    entropies: list[float]
    parent: int | None
    start: int
    """Tokens shared with the parent: the first own token has this index."""
    cuts: dict[int, tuple[int, str]]
    """Where a token's text is known to begin: {token index: (character, its text)}."""


def load_authors_file(path: str | os.PathLike) -> list[ImportedRun]:
    """Return the runs of a result file of the authors' code, one a prompt.

    Raises:
        TraceError: the file can't be read, is too large, or is no such file; one sentence says why.
    """
    try:
        num_bytes = Path(path).stat().st_size
        if num_bytes > LARGEST_FILE_BYTES:
            raise TraceError(f"{path} has {num_bytes:,} bytes; up to {LARGEST_FILE_BYTES:,} can be read.")
        return runs_from_authors_json(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise TraceError(f"{path} can't be read: {error.strerror}; name a result file of the authors' code.") from None
    except UnicodeDecodeError:
        raise TraceError(f"{path} is not UTF-8 text; name a result file of the authors' code.") from None


def runs_from_authors_json(text: str) -> list[ImportedRun]:
    """Return the runs that the text of a result file holds. Nothing in it is evaluated.

    Raises:
        TraceError: it is no such file, half a file, contradicts itself, or is larger than any real one.
    """
    try:
        whole = json.loads(text)
    except (ValueError, RecursionError):
        raise TraceError("This is not a result file: it can't be read as JSON; name another one.") from None
    return [_run(whole, number, entry) for number, entry in enumerate(_entries(whole))]


def _entries(whole: Any) -> list[Any]:
    names = ("entropy-aware-generations", "default-generations")
    entries = next((whole[name] for name in names if isinstance(whole, dict) and name in whole), None)
    if not isinstance(entries, list) or not entries:
        raise TraceError(f"This is not a result file of the authors' code: it has no list of {' or '.join(names)}.")
    lists = [entry.get("entropies") for entry in entries if isinstance(entry, dict)]
    values = [value for texts in lists if isinstance(texts, list) for value in texts if isinstance(value, str)]
    num_nodes = sum(value.count(",") + 1 for value in values)
    if num_nodes > MOST_NODES:
        raise TraceError(f"The result file has {num_nodes:,} entropies; up to {MOST_NODES:,} can be shown.")
    return entries


def _run(whole: dict, number: int, entry: Any) -> ImportedRun:
    place = f"prompt {number} of the result file"
    prompt = entry.get("prompt") if isinstance(entry, dict) else None
    texts = entry.get("generations") if isinstance(entry, dict) else None
    if not isinstance(prompt, str) or not _is_list_of_texts(texts) or not texts:
        raise TraceError(f"The {place} has no prompt text or no list of generations; the file is not whole.")
    lines = _lines(place, entry, [_continuation(text, prompt) for text in texts])
    try:
        forks = [parse_literal(branch) for branch in _texts(place, entry, "recorded_branches")]
        answers = parse_literal(entry.get("extracted_answers") or "[]")
    except (TypeError, AttributeError):
        raise TraceError(f"The {place} has values that are not text; the file is not whole.") from None
    forks = [_checked_fork(place, fork) for fork in forks]
    branches = _attach(place, lines, forks)
    tree = fold(_events(whole, entry, lines, branches))
    given = answers if isinstance(answers, list) else []
    known = tuple(None if answer is None else str(answer) for answer in given)
    return ImportedRun(tree, str(entry.get("target", "")), known)


def _lines(place: str, entry: dict, texts: list[str]) -> list[_Line]:
    values = [parse_literal(value) for value in _texts(place, entry, "entropies")]
    # Full parallel sampling may record none: then a sequence is one node with all its text.
    values = values or [[float(UNMONITORED)] for _ in texts]
    if len(values) != len(texts):
        raise TraceError(f"The {place} has {len(texts)} generations but {len(values)} lists of entropies.")
    lines = []
    for text, entropies in zip(texts, values, strict=True):
        if not isinstance(entropies, list) or not entropies or not all(_is_entropy(value) for value in entropies):
            raise TraceError(f"The {place} has entropies that are no list of numbers; the file is not whole.")
        start = next((index for index, value in enumerate(entropies) if value != REUSED), len(entropies))
        lines.append(_Line(text, [float(value) for value in entropies], None, start, {}))
    return lines


def _is_entropy(value: Any) -> bool:
    return type(value) in (int, float) and math.isfinite(value) and (value >= 0 or value in (REUSED, UNMONITORED, END))


def _is_list_of_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _texts(place: str, entry: dict, name: str) -> list[str]:
    texts = entry.get(name, [])
    if not _is_list_of_texts(texts):
        raise TraceError(f"The {place} has no list of texts under {name}; the file is not whole.")
    return texts


def _continuation(text: str, prompt: str) -> str:
    """Return what follows the formatted prompt; where the frame is unknown, what follows the prompt's own words."""
    begin = text.find(prompt)
    after = begin + len(prompt) if begin >= 0 else 0
    places = [(text.find(header, after), header) for header in _ASSISTANT_HEADERS]
    found = [(position, header) for position, header in places if position >= 0]
    if not found:
        return text[after:]
    position, header = min(found)
    return text[position + len(header) :]


def _checked_fork(place: str, fork: Any) -> dict:
    numbers = ("seq_idx", "gen_step")
    if (
        not isinstance(fork, dict)
        or not all(type(fork.get(name)) is int and fork[name] >= 0 for name in numbers)
        or not all(_is_entropy(fork.get(name)) for name in ("entropy", "entropy_threshold"))
        or not all(isinstance(fork.get(name), str) for name in ("man_token_original", "man_token_branch"))
    ):
        raise TraceError(f"The {place} has a recorded branch that is not whole.")
    return fork


def _attach(place: str, lines: list[_Line], forks: list[dict]) -> list[dict]:
    """Give each forked-off line its parent and cuts, and return the forks with `new`, the line that each began.

    The file's own new_seq_idx counts sequences twice within a step, so it is not used: forks and lines come in the
    same order, and a line reuses as many tokens as its fork had steps.
    """
    waiting = list(range(1, len(lines)))
    branches = []
    for fork in forks:
        step, parent = fork["gen_step"], fork["seq_idx"]
        new = next((number for number in waiting if _fits(lines[number], fork)), None)
        if new is None or parent >= new or len(lines[parent].entropies) <= step or lines[parent].start > step:
            raise TraceError(f"The {place} has a branch at step {step} of sequence {parent} that fits no generation.")
        waiting.remove(new)
        child, origin = lines[new], lines[parent]
        child.parent = parent
        character = _fork_character(origin.text, child.text, fork)
        origin.cuts[step] = (character, fork["man_token_original"])
        child.cuts[step] = (character, fork["man_token_branch"])
        branches.append({**fork, "new": new})
    if any(lines[number].start for number in (0, *waiting)):
        raise TraceError(f"The {place} has a sequence that reuses tokens, but no branch says of which.")
    return branches


def _fits(line: _Line, fork: dict) -> bool:
    step = fork["gen_step"]
    return line.start == step < len(line.entropies) and abs(line.entropies[step] - fork["entropy"]) < 1e-3


def _fork_character(first: str, second: str, fork: dict) -> int:
    """Return where the texts of two sequences part: they may share the first letters of their different tokens."""
    pairs = enumerate(zip(first, second, strict=False))
    shared = next((place for place, (one, other) in pairs if one != other), min(len(first), len(second)))
    tokens = fork["man_token_original"], fork["man_token_branch"]
    for character in range(shared, max(-1, shared - _LONGEST_TOKEN_CHARACTERS), -1):
        if first.startswith(tokens[0], character) and second.startswith(tokens[1], character):
            return character
    return shared


def _token_texts(line: _Line) -> list[str]:
    """Return the text of each own node of a line; see the module's first lines."""
    texts = [""] * len(line.entropies)
    cuts = {index: cut for index, cut in line.cuts.items() if index >= line.start}
    if line.start not in cuts:
        cuts[line.start] = (0, "")
    places = sorted(cuts)
    for place, following in zip(places, [*places[1:], len(texts)], strict=True):
        begin, token = cuts[place]
        end = cuts[following][0] if following in cuts else len(line.text)
        piece = line.text[begin : max(begin, end)]
        if token and piece.startswith(token) and following > place + 1:
            texts[place], texts[place + 1] = token, piece[len(token) :]
        else:
            texts[place] = piece
    return texts[line.start :]


def _events(whole: dict, entry: dict, lines: list[_Line], branches: list[dict]) -> Iterator[Event]:
    """Yield the run in the order that it had: token by token, in each step the sequences by number."""
    yield _started(whole, entry["prompt"])
    for number, line in enumerate(lines):
        if number and line.parent is None:
            yield SequenceStarted(number)
    paths: list[list[int]] = [[] for _ in lines]
    texts = [_token_texts(line) for line in lines]
    forks_at: dict[tuple[int, int], list[dict]] = {}
    for branch in branches:
        forks_at.setdefault((branch["seq_idx"], branch["gen_step"]), []).append(branch)
    growing = [number for number, line in enumerate(lines) if line.parent is None]
    next_id = 1
    for index in range(max(len(line.entropies) for line in lines)):
        begun: list[int] = []
        for number in growing:
            forks = forks_at.get((number, index), [])
            path = paths[number]
            for fork in forks:
                leaf = path[-1] if path else ROOT
                yield Forked(index, leaf, number, fork["new"], fork["entropy"], fork["entropy_threshold"], None, None)
                paths[fork["new"]] = list(path)
            family = [number, *(fork["new"] for fork in forks)]
            for place, member in enumerate(family):
                line = lines[member]
                rule = ("first", "second", "further")[min(place, 2)] if forks else _rule(line.entropies[index])
                yield _node(next_id, paths[member], index, line, texts[member], rule, member)
                paths[member].append(next_id)
                next_id += 1
                if index + 1 == len(line.entropies):
                    yield SequenceFinished(member, "eos" if line.entropies[-1] == END else "length")
            begun += family[1:]
        growing = sorted(number for number in [*growing, *begun] if len(lines[number].entropies) > index + 1)
    yield RunFinished(0, 0.0)


def _node(
    node_id: int, path: list[int], index: int, line: _Line, texts: list[str], rule: str, sequence: int
) -> NodeAdded:
    entropy = line.entropies[index]
    return NodeAdded(
        node_id, path[-1] if path else ROOT, index + 1, None, texts[index - line.start],
        entropy if entropy >= 0 else None, None, None, None, rule, sequence,
    )  # fmt: skip


def _rule(entropy: float) -> str:
    return {UNMONITORED: "unmonitored", END: "ended"}.get(entropy, "drawn")


def _started(whole: dict, prompt: str) -> RunStarted:
    """Return the run's beginning, with the settings that the file tells; what `Settings` can't hold is unknown."""
    told = {
        "theta": whole.get("entropy_threshold"),
        "max_sequences": whole.get("max_sequences"),
        "temperature": whole.get("temperature"),
        "max_new_tokens": whole.get("max_new_tokens"),
        "strategy": "reference",
        "dynamic_threshold": whole.get("dynamic_entropy"),
    }
    known = {name: value for name, value in told.items() if _can_be(name, value)}
    unknown = frozenset(field.name for field in fields(Settings)) - set(known)
    try:
        seed = check_seed(whole.get("seed"))
    except SettingsError:
        seed = None
    return RunStarted(str(whole.get("model_name", "unknown")), prompt, Settings(**known), seed, unknown=unknown)


def _can_be(name: str, value: Any) -> bool:
    try:
        Settings(**{name: value})
    except SettingsError:
        return False
    return True
