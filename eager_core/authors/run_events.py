"""From lines and forks to the events of a run.

Where one token's text ends and the next begins is nowhere in the file, except at forks. So a node stands for each
entropy, in the right place; a fork's nodes have their own text; the text up to the next fork stands as a whole at the
node after them, and is empty at the rest. What is unknown is None.

    entropies 0:  2.28  2.51  0.71  0.56        The | story | of a dragon is ...
    entropies 1:   -1   2.51  0.03  0.82            ' tale  | of a dragon is ...
"""

import re
from collections.abc import Iterator, Sequence

from eager_core.authors.lines import Line
from eager_core.authors.matching import Fork, Run
from eager_core.events import Event, Forked, NodeAdded, Rule, RunFinished, SequenceFinished, SequenceStarted
from eager_core.tree import ROOT

_FORK_RULES: tuple[Rule, ...] = ("first", "second", "further")
_END_MARK = re.compile(r"(?:<\|[^<>|\s]{1,40}\|>|<｜[^<>｜\s]{1,40}｜>|</s>|<eos>|<end_of_turn>)$")
"""An end of sequence as text, in the vocabularies of the common model families."""


class RunEvents:
    """The events after `RunStarted` of an entry's runs, which all begin at the prompt and grow side by side.

    The order is that of a run: token by token, in each step the sequences by their ids.
    """

    def __init__(self, runs: Sequence[Run]) -> None:
        self.sequence_of_line: dict[Line, int] = {run.trunk: number for number, run in enumerate(runs)}
        """Ids of the sequences that have begun."""
        self._forks_at: dict[tuple[Line, int], list[Fork]] = {}
        self._texts: dict[Line, list[str]] = {}
        cuts: dict[Line, dict[int, tuple[int, str]]] = {run.trunk: {} for run in runs}
        for fork in (fork for run in runs for fork in run.forks):
            step = fork.branch.gen_step
            self._forks_at.setdefault((fork.parent, step), []).append(fork)
            cuts[fork.parent][step] = (fork.character, fork.branch.original)
            cuts[fork.child] = {step: (fork.character, fork.branch.other)}
        for line, known in cuts.items():
            self._texts[line] = _token_texts(line, known)
        self._paths: dict[Line, list[int]] = {run.trunk: [ROOT] for run in runs}
        self._num_nodes = 1

    def all(self) -> Iterator[Event]:
        """Yield the events; once."""
        growing = list(self.sequence_of_line)
        for line in growing[1:]:
            yield SequenceStarted(self.sequence_of_line[line])
        step = 0
        while growing:
            begun: list[Line] = []
            for line in growing:
                forks = self._forks_at.get((line, step), [])
                yield from self._fork(line, forks)
                family = [line, *(fork.child for fork in forks)]
                rules = (*_FORK_RULES, *_FORK_RULES[-1:] * len(forks)) if forks else (_rule(line, step),)
                for member, rule in zip(family, rules, strict=False):
                    yield from self._grow(member, step, rule)
                begun += family[1:]
            step += 1
            growing = [line for line in [*growing, *begun] if len(line.entropies) > step]
            growing.sort(key=self.sequence_of_line.__getitem__)
        yield RunFinished(0, 0.0)

    def _fork(self, line: Line, forks: list[Fork]) -> Iterator[Event]:
        for fork in forks:
            self.sequence_of_line[fork.child] = new = len(self.sequence_of_line)
            self._paths[fork.child] = self._paths[line].copy()
            branch, leaf = fork.branch, self._paths[line][-1]
            yield Forked(
                branch.gen_step, leaf, self.sequence_of_line[line], new, branch.entropy, branch.threshold, None, None
            )

    def _grow(self, line: Line, step: int, rule: Rule) -> Iterator[Event]:
        path, sequence = self._paths[line], self.sequence_of_line[line]
        text = self._texts[line][step]
        entropy = line.entropies[step]
        yield NodeAdded(self._num_nodes, path[-1], step + 1, None, text, entropy, None, None, None, rule, sequence)
        path.append(self._num_nodes)
        self._num_nodes += 1
        if step + 1 == len(line.entropies):
            is_ended = line.is_ended or (rule in _FORK_RULES and _END_MARK.fullmatch(text) is not None)
            yield SequenceFinished(sequence, "eos" if is_ended else "unknown")


def _rule(line: Line, step: int) -> Rule:
    if line.is_ended and step + 1 == len(line.entropies):
        return "ended"
    return "unmonitored" if step >= line.num_monitored else "drawn"


def _token_texts(line: Line, cuts: dict[int, tuple[int, str]]) -> list[str]:
    """Return the text of each node of a line, "" where it is the parent's; see the module's first lines.

    Args:
        cuts: where a token's text is known to begin, {index of the token: (character, its text)}.
    """
    texts = [""] * len(line.entropies)
    cuts = dict(cuts)
    cuts.setdefault(line.num_reused, (0, ""))
    places = sorted(cuts)
    for place, following in zip(places, [*places[1:], len(texts)], strict=True):
        begin, token = cuts[place]
        end = cuts[following][0] if following in cuts else len(line.text)
        piece = line.text[begin : max(begin, end)]
        if token and piece.startswith(token) and following > place + 1:
            texts[place], texts[place + 1] = token, piece[len(token) :]
        else:
            texts[place] = piece
    return _with_end_apart(texts) if line.is_ended else texts


def _with_end_apart(texts: list[str]) -> list[str]:
    """Return the texts with the mark of the end, where it is known for one, at the last node: it is no part of the
    answer."""
    holder = max((place for place, text in enumerate(texts) if text), default=len(texts) - 1)
    mark = _END_MARK.search(texts[holder])
    if mark is None or holder == len(texts) - 1:
        return texts
    return [*texts[:holder], texts[holder][: mark.start()], *texts[holder + 1 : -1], mark.group()]
