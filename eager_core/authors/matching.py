"""Which line of an entry forked off which: the file does not say it, but what it says leaves no choice.

Their code appends a sequence to the file when it is complete, so a child may stand before the sequence that it forked
off. What holds of the right two lines of a branch:

- the child reuses as many tokens as its fork had steps, and both have the fork's entropy there;
- the texts are the same before the fork, and each goes on with its own of the two tokens;
- in their files, the parent has the place `seq_idx` among the sequences that were active in that step.

A run has one sequence that forked off none, so an entry of stage 2, where runs follow each other and count from 0
again, has as many runs as lines without a branch. Where one ends and the next begins is found by trying.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, get_args

from eager_core.authors.branches import Branch
from eager_core.authors.lines import Line, num_shared
from eager_core.errors import TraceError

_Care = Literal["full", "but the end", "none"]
"""Whether both tokens of a fork must stand in the texts, one that ended its text may be left out, or neither must."""

_MOST_STEPS = 20_000_000
"""Of trying: far more than any file of that code takes, and a few seconds."""
_LONGEST_TOKEN_CHARACTERS = 200
_ROUNDING = 1e-4
"""Lines have entropies of four decimals, branches have all."""


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
        runs = _Matching(place, lines, branches, care).runs()
        if runs is not None:
            return runs
    if any(line.num_reused for line in lines) and not branches:
        what = "a sequence that reuses tokens, but no branch says of which"
    else:
        what = f"{len(branches)} branches that do not fit its {len(lines)} generations"
    raise TraceError(f"{place} has {what}; the file is not whole.")


class _Matching:
    """Tries lines for branches; spends a step on each comparison, of which there are so many and no more."""

    def __init__(self, place: str, lines: Sequence[Line], branches: Sequence[Branch], care: _Care) -> None:
        self._place, self._lines, self._branches, self._care = place, lines, branches, care
        self._num_steps_left = _MOST_STEPS

    def runs(self) -> list[Run] | None:
        """Return the first division into runs in which every branch fits, longer first runs first."""
        lines, branches = self._lines, self._branches
        if not branches:
            return None if any(line.num_reused for line in lines) else [Run(line, ()) for line in lines]
        tried: set[tuple[int, int]] = set()
        pending: list[tuple[int, int, tuple]] = [(0, 0, ())]
        while pending:
            line, branch, before = pending.pop()
            if (line, branch) == (len(lines), len(branches)):
                return _unwound(before)
            if (line, branch) in tried or line == len(lines):
                continue
            tried.add((line, branch))
            for size in self._possible_sizes(line, branch):
                run = self._run(lines[line : line + size + 1], branches[branch : branch + size])
                if run is not None:
                    pending.append((line + size + 1, branch + size, (before, run)))
        return None

    def _spend(self, num_steps: int) -> None:
        self._num_steps_left -= num_steps
        if self._num_steps_left < 0:
            raise TraceError(
                f"{self._place} has too many branches that fit too many generations; no such file is real."
            )

    def _possible_sizes(self, line: int, branch: int) -> Iterator[int]:
        """Yield how many branches the run from here may have: its steps do not go back, and each has a line."""
        steps = [later.gen_step for later in self._branches[branch:]]
        first, *others = self._lines[line : line + len(steps) + 1]
        # How many lines that reuse so many tokens are still wanting; a trunk reuses none.
        wanting = Counter({0: 1})
        wanting[first.num_reused] -= 1
        self._spend(len(steps) + 1)
        if not any(wanting.values()):
            yield 0
        num_wrong = sum(count != 0 for count in wanting.values())
        for size, (other, (former, step)) in enumerate(zip(others, pairwise([0, *steps]), strict=False), start=1):
            if step < former:
                return
            for key, change in ((step, 1), (other.num_reused, -1)):
                num_wrong -= wanting[key] != 0
                wanting[key] += change
                num_wrong += wanting[key] != 0
            if not num_wrong:
                yield size

    def _run(self, lines: Sequence[Line], branches: Sequence[Branch]) -> Run | None:
        for trunk in lines:
            if trunk.num_reused == 0:
                forks = self._forks(trunk, lines, branches)
                if forks is not None:
                    return Run(trunk, forks)
        return None

    def _forks(self, trunk: Line, lines: Sequence[Line], branches: Sequence[Branch]) -> tuple[Fork, ...] | None:
        """Return the first choice of lines in which every branch fits, or None."""
        forks: list[Fork] = []
        choices: list[Iterator[Fork]] = []
        while len(forks) < len(branches):
            if len(choices) == len(forks):
                begun = [trunk, *(fork.child for fork in forks)]
                choices.append(self._fitting(branches[len(forks)], begun, lines))
            fork = next(choices[-1], None)
            if fork is not None:
                forks.append(fork)
            elif not forks:
                return None
            else:  # The last choice left nothing for this branch.
                choices.pop()
                forks.pop()
        return tuple(forks)

    def _fitting(self, branch: Branch, begun: list[Line], lines: Sequence[Line]) -> Iterator[Fork]:
        step = branch.gen_step
        self._spend(len(begun) + len(lines))
        taken = set(begun)
        children = [line for line in lines if line not in taken and _has(line, branch) and line.num_reused == step]
        # A sequence takes part from the step after its fork on.
        active = [line for line in begun if line.num_monitored > step and (line is begun[0] or line.num_reused < step)]
        # Exports of this program's first version counted all sequences, not the active ones alone.
        likely = [*active[branch.seq_idx : branch.seq_idx + 1], *begun[branch.seq_idx : branch.seq_idx + 1]]
        for parent in dict.fromkeys([line for line in likely if line in active] + active):
            if not _has(parent, branch):
                continue
            self._spend(100 * len(children) + 1)
            for child in children:
                character = _character(parent.text, child.text, branch, self._care)
                if character is not None:
                    yield Fork(branch, parent, child, character)


def _unwound(linked: tuple) -> list[Run]:
    runs = []
    while linked:
        linked, run = linked
        runs.append(run)
    return runs[::-1]


def _has(line: Line, branch: Branch) -> bool:
    """Whether a line has the branch's entropy in its step."""
    entropy = line.entropies[branch.gen_step] if branch.gen_step < len(line.entropies) else None
    return entropy is not None and abs(entropy - branch.entropy) < _ROUNDING


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
