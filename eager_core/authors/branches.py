"""Which line of an entry forked off which: the file does not say it, but what it says leaves no choice.

Their code appends a sequence to the file when it is complete, so a child may stand before the sequence that it forked
off. A branch names its sequence by `seq_idx`, the place among those that were active in that step. (`new_seq_idx`
counts some sequences twice, so it is not read.) What holds of the right two lines:

- the child reuses as many tokens as its fork had steps, and both have the fork's entropy there;
- the texts are the same before the fork, and each goes on with its own of the two tokens.

A run has one sequence that forked off none, so an entry of stage 2, where runs follow each other and count from 0
again, has as many runs as lines without a branch. Where one ends and the next begins is found by trying.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal, get_args

from eager_core.authors.lines import Line, num_shared
from eager_core.errors import TraceError

_BRANCH_KEYS = ("seq_idx", "gen_step"), ("entropy", "entropy_threshold"), ("man_token_original", "man_token_branch")
_LARGEST_NATS = 1000.0
_Care = Literal["full", "but the end", "none"]
"""Whether both tokens of a fork must stand in the texts, one that ended its text may be left out, or neither must."""

_MOST_TRIES = 20_000
_LONGEST_TOKEN_CHARACTERS = 200
_ROUNDING = 1e-4
"""Lines have entropies of four decimals, branches have all."""


@dataclass(frozen=True)
class Branch:
    """A fork as the file records it."""

    seq_idx: int
    gen_step: int
    entropy: float
    threshold: float
    original: str
    """The token that the sequence goes on with."""
    other: str
    """The token that the new sequence begins with."""


@dataclass(frozen=True)
class Fork:
    """A branch, and the lines it tells of."""

    branch: Branch
    parent: Line
    child: Line
    character: int
    """Where the texts of the two part."""


@dataclass(frozen=True)
class Run:
    """One run: its first sequence, and its forks in their order."""

    trunk: Line
    forks: tuple[Fork, ...]


def runs_of(place: str, lines: Sequence[Line], branches: Sequence[Branch]) -> list[Run]:
    """Return the runs that an entry holds, in their order: one, or several under stage 2 or full sampling.

    Raises:
        TraceError: lines and branches do not fit each other.
    """
    for care in get_args(_Care):
        runs = _runs(lines, branches, care)
        if runs is not None:
            return runs
    if any(line.num_reused for line in lines) and not branches:
        raise TraceError(
            f"{place} has a sequence that reuses tokens, but no branch says of which; the file is not whole."
        )
    raise TraceError(
        f"{place} has {len(branches)} branches that do not fit its {len(lines)} generations; the file is not whole."
    )


def _runs(lines: Sequence[Line], branches: Sequence[Branch], care: _Care) -> list[Run] | None:
    """Return the first division into runs in which every branch fits, longer first runs first."""
    if not branches:
        return None if any(line.num_reused for line in lines) else [Run(line, ()) for line in lines]
    tried: set[tuple[int, int]] = set()
    pending: list[tuple[int, int, tuple]] = [(0, 0, ())]
    while pending and len(tried) < _MOST_TRIES:
        line, branch, before = pending.pop()
        if (line, branch) == (len(lines), len(branches)):
            return _unwound(before)
        if (line, branch) in tried or line == len(lines):
            continue
        tried.add((line, branch))
        for size in _possible_sizes(lines[line:], branches[branch:]):
            run = _run(lines[line : line + size + 1], branches[branch : branch + size], care)
            if run is not None:
                pending.append((line + size + 1, branch + size, (before, run)))
    return None


def _unwound(linked: tuple) -> list[Run]:
    runs = []
    while linked:
        linked, run = linked
        runs.append(run)
    return runs[::-1]


def _possible_sizes(lines: Sequence[Line], branches: Sequence[Branch]) -> Iterator[int]:
    """Yield how many branches the first run may have: its steps do not go back, and for each a line begins there."""
    missing = Counter({0: 1})
    missing[lines[0].num_reused] -= 1
    num_wrong = sum(count != 0 for count in missing.values())
    if not num_wrong:
        yield 0
    steps = [branch.gen_step for branch in branches]
    for size, (line, (former, step)) in enumerate(zip(lines[1:], pairwise([0, *steps]), strict=False), start=1):
        if step < former:
            return
        for key, change in ((step, 1), (line.num_reused, -1)):
            num_wrong -= missing[key] != 0
            missing[key] += change
            num_wrong += missing[key] != 0
        if not num_wrong:
            yield size


def _run(lines: Sequence[Line], branches: Sequence[Branch], care: _Care) -> Run | None:
    for trunk in lines:
        if trunk.num_reused == 0:
            forks = _forks(trunk, lines, branches, care)
            if forks is not None:
                return Run(trunk, forks)
    return None


def _forks(trunk: Line, lines: Sequence[Line], branches: Sequence[Branch], care: _Care) -> tuple[Fork, ...] | None:
    """Return the first choice of lines in which every branch fits, or None."""
    forks: list[Fork] = []
    choices: list[Iterator[Fork]] = []
    for _ in range(_MOST_TRIES):
        if len(forks) == len(branches):
            return tuple(forks)
        if len(choices) == len(forks):
            begun = [trunk, *(fork.child for fork in forks)]
            others = [line for line in lines if line not in begun]
            choices.append(_fitting(branches[len(forks)], begun, others, care))
        fork = next(choices[-1], None)
        if fork is not None:
            forks.append(fork)
        elif not forks:
            return None
        else:  # The last choice left nothing for this branch.
            choices.pop()
            forks.pop()
    return None


def _fitting(branch: Branch, begun: list[Line], others: list[Line], care: _Care) -> Iterator[Fork]:
    step = branch.gen_step
    # A sequence takes part from the step after its fork on.
    active = [line for line in begun if line.num_monitored > step and (line is begun[0] or line.num_reused < step)]
    # Exports of this program's first version counted all sequences, not the active ones alone.
    likely = [*active[branch.seq_idx : branch.seq_idx + 1], *begun[branch.seq_idx : branch.seq_idx + 1]]
    for parent in dict.fromkeys([line for line in likely if line in active] + active):
        if not _is_close(parent.entropies[step], branch.entropy):
            continue
        for child in others:
            if child.num_reused == step < len(child.entropies) and _is_close(child.entropies[step], branch.entropy):
                character = _character(parent.text, child.text, branch, care)
                if character is not None:
                    yield Fork(branch, parent, child, character)


def _is_close(entropy: float | None, other: float) -> bool:
    return entropy is not None and abs(entropy - other) < _ROUNDING


def _character(first: str, second: str, branch: Branch, care: _Care) -> int | None:
    """Return where two texts part: they may share the first letters of their different tokens."""
    shared = num_shared(first, second)
    for character in range(shared, max(-1, shared - _LONGEST_TOKEN_CHARACTERS), -1):
        places = (first, branch.original), (second, branch.other)
        if all(_stands(text, token, character, care) for text, token in places):
            return character
    return shared if care == "none" else None


def _stands(text: str, token: str, character: int, care: _Care) -> bool:
    return text.startswith(token, character) or (care == "but the end" and len(text) == character)


def branch_of(place: str, record: Any) -> Branch:
    """Return a branch of the file.

    Raises:
        TraceError: it is not what that code writes.
    """
    numbers, entropies, texts = _BRANCH_KEYS
    if (
        not isinstance(record, dict)
        or not all(type(record.get(name)) is int and record[name] >= 0 for name in numbers)
        or not all(type(record.get(name)) in (int, float) and 0 <= record[name] < _LARGEST_NATS for name in entropies)
        or not all(isinstance(record.get(name), str) for name in texts)
    ):
        raise TraceError(f"{place} has a recorded branch that is not whole.")
    return Branch(*(record[name] for names in _BRANCH_KEYS for name in names))
