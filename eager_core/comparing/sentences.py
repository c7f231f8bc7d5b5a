"""Why two trees part where they part, in one sentence."""

from collections.abc import Callable

from eager_core.comparing.alignment import Alignment
from eager_core.comparing.divergence import Divergence, children_at
from eager_core.comparing.wording import enumerated, named, nats, number
from eager_core.prediction import Prediction
from eager_core.tree import Node, TokenTree
from eager_core.uncertainty import MEASURE_OF_NAME, top_k_entropy_at

PredictionOf = Callable[[int], Prediction | None]
"""What the model said after a node of A; None where that is not at hand."""

_ENDINGS = {
    "length": "ends there at its length limit",
    "stopped": "was stopped there",
    "pruned": "is pruned there for more likely sequences",
    "eos": "ends there",
    "unknown": "ends there",
    None: "has not grown further yet",
}
_WHY_NO_FORK = {
    "spent": "the path has used up its branches",
    "ended": "the token drawn there ends the sequence",
    "guarded": "its model had stopped thinking",
    "unmonitored": "its strategy no longer monitored entropy",
}


def sentence_of(
    divergence: Divergence, a: TokenTree, b: TokenTree, alignment: Alignment, prediction_of: PredictionOf | None = None
) -> str:
    """Return the cause of a divergence of `a` and `b` in one sentence that names them A and B."""
    if divergence.cause == "empty":
        return f"{'A' if divergence.node_a < 0 else 'B'} has not begun, so there is nothing to compare yet."
    if divergence.cause == "prompt":
        return "A and B have different prompts, so they share nothing."
    if divergence.cause == "starts":
        return f"A begins {_starts(a)} at the prompt and B {_starts(b)}."
    return _Scene(divergence, a, b, alignment, prediction_of or (lambda _: None)).sentence()


class _Scene:
    """The place where two trees part, and what each did there."""

    def __init__(
        self, divergence: Divergence, a: TokenTree, b: TokenTree, alignment: Alignment, prediction_of: PredictionOf
    ) -> None:
        place = alignment.places_a[divergence.node_a]
        self.divergence = divergence
        self.trees = {"A": a, "B": b}
        self.after = {
            name: [tree.node(child) for child in children_at(tree, places, place)]
            for (name, tree), places in zip(self.trees.items(), (alignment.places_a, alignment.places_b), strict=True)
        }
        self.where = "After " + named(a.node(divergence.node_a))
        self.prediction = prediction_of(divergence.node_a)
        self.other_model = a.start.model != b.start.model

    def sentence(self) -> str:
        match self.divergence.cause:
            case "fork":
                return self._fork() + self._models()
            case "branches":
                taken = {name: enumerated(_names(nodes)) for name, nodes in self.after.items()}
                return f"{self.where}, A forks into {taken['A']} and B into {taken['B']}" + (self._models() or ".")
            case "token":
                return self._token()
            case "by_hand":
                return self._by_hand()
        return self._end()

    def _models(self) -> str:
        if not self.other_model:
            return ""
        return f" (A is of {self.trees['A'].start.model}, B of {self.trees['B'].start.model})."

    def _fork(self) -> str:
        forking = "A" if self.divergence.forks_in == "a" else "B"
        other = "B" if forking == "A" else "A"
        node = self.divergence.node_a if forking == "A" else self.divergence.node_b
        fork = self.trees[forking].first_fork(node)
        assert fork is not None  # it is this fork that parts them
        start = f"{self.where}, {forking} forks and {other} does not: "
        return start + self._why_not(forking, other, fork.entropy, fork.threshold) + ("" if self.other_model else ".")

    def _why_not(self, forking: str, other: str, value: float, threshold: float | None) -> str:
        theirs = self.trees[other].start
        rule = next(node.rule for node in self.after[other] if node.rule != "by_hand")
        measure = _noun(self.trees[forking])
        if rule == "full":
            kept = "unfinished sequences" if theirs.settings.cap == "active" else "sequences"
            return f"{other} has all {kept} that its M of {number(theirs.known('max_sequences'))} allows"
        if rule in _WHY_NO_FORK:
            return f"in {other} {_WHY_NO_FORK[rule]}"
        if theirs.settings.strategy in ("parallel", "greedy"):
            return f"{other}'s strategy, {theirs.settings.strategy}, never forks"
        bar = "what it compares with" if threshold is None else f"{forking}'s threshold of {nats(threshold)}"
        reached = f"the {measure} of {nats(value)} reaches {bar}"
        if self._measures_alike():
            return f"{reached} but not {self._bar(other)}"
        own = self._value(other)
        theirs_is = f"B's {_noun(self.trees['B'])}" if other == "B" else f"A's {_noun(self.trees['A'])}"
        of = "" if own is None else f" of {nats(own)}"
        return f"{reached}, while {theirs_is}{of} does not reach {self._bar(other)}"

    def _measures_alike(self) -> bool:
        a, b = (tree.start.settings for tree in self.trees.values())
        tempered = a.entropy_of == "sampling" and a.temperature != b.temperature
        return _noun(self.trees["A"]) == _noun(self.trees["B"]) and a.entropy_of == b.entropy_of and not tempered

    def _bar(self, name: str) -> str:
        started = self.trees[name].start
        if started.settings.strategy == "percentile":
            return f"{name}'s moving threshold"
        theta = started.known("theta")
        if started.settings.strategy == "reference" and started.settings.dynamic_threshold:
            return f"{name}'s moving threshold (theta {number(theta)} or above)"
        return f"{name}'s theta of {number(theta)}"

    def _value(self, name: str) -> float | None:
        """Return what a run measured after this place; None where nobody remembers."""
        settings = self.trees[name].start.settings
        if self.prediction is not None and not self.other_model:
            if settings.entropy_of == "sampling":
                return top_k_entropy_at(self.prediction, settings.temperature)
            return MEASURE_OF_NAME[settings.measure].of(self.prediction)
        if settings.measure == "top_k_entropy" and settings.entropy_of == "model":
            return self.after[name][0].entropy
        return None

    def _token(self) -> str:
        a, b = (_first_apart(self.after[name], self.after[other]) for name, other in (("A", "B"), ("B", "A")))
        taken = f"{self.where}, A goes on with {named(a)} and B with {named(b)}"
        started_a, started_b = self.trees["A"].start, self.trees["B"].start
        if self.other_model:
            return taken + self._models()
        if "greedy" in (a.rule, b.rule) or "spent" in (a.rule, b.rule):
            does = {name: "takes the most likely token" if node.rule in ("greedy", "spent") else "draws"
                    for name, node in (("A", a), ("B", b))}  # fmt: skip
            if does["A"] != does["B"]:
                return f"{taken}: A {does['A']} and B {does['B']}."
        if a.dice != b.dice and None not in (a.dice, b.dice):
            rolls = f"the roll is {a.dice:.3f} in A and {b.dice:.3f} in B"
            seeds = "" if started_a.seed == started_b.seed else f" (seeds {started_a.seed} and {started_b.seed})"
            return f"{taken}: {rolls}{seeds}."
        drawn = [name for name in ("temperature", "top_p") if started_a.known(name) != started_b.known(name)]
        if drawn:
            at = [
                " and ".join(f"{name.replace('_', '-')} {number(started.known(name))}" for name in drawn)
                for started in (started_a, started_b)
            ]
            return f"{taken}: the same roll lands there at {at[0]} and at {at[1]}."
        return f"{taken}, though both have the same settings: the predictions differ in their last digits."

    def _by_hand(self) -> str:
        for name, other in (("A", "B"), ("B", "A")):
            theirs = {(node.text, node.token_id) for node in self.after[other] if node.rule == "by_hand"}
            added = [node for node in self.after[name] if node.rule == "by_hand"]
            added = [node for node in added if (node.text, node.token_id) not in theirs]
            if added:
                return f"{self.where}, {name} has a branch by hand with {named(added[0])} that {other} does not have."
        return f"{self.where}, A and B took the same tokens for different reasons."

    def _end(self) -> str:
        ends = {name: self._ending(name, node) for name, node in self._nodes().items()}
        if not self.after["A"] and not self.after["B"]:
            return f"{self.where}, A {ends['A']} and B {ends['B']}."
        ended, other = ("A", "B") if not self.after["A"] else ("B", "A")
        return f"{self.where}, {other} goes on and {ended} {ends[ended]}."

    def _nodes(self) -> dict[str, int]:
        return {"A": self.divergence.node_a, "B": self.divergence.node_b}

    def _ending(self, name: str, node: int) -> str:
        tree = self.trees[name]
        reasons = [sequence.finish_reason for sequence in tree.sequences if sequence.leaf == node]
        reason = reasons[0] if reasons else None
        limit = tree.start.known("max_new_tokens")
        if reason == "length" and limit == tree.node(node).depth:
            return f"{_ENDINGS[reason]} of {limit} token{'' if limit == 1 else 's'}"
        return _ENDINGS[reason]


def _starts(tree: TokenTree) -> str:
    num_starts = sum(sequence.parent_sequence is None for sequence in tree.sequences)
    return f"{num_starts} sequence{'' if num_starts == 1 else 's'}"


def _names(nodes: list[Node]) -> list[str]:
    return [named(node) for node in nodes]


def _noun(tree: TokenTree) -> str:
    settings = tree.start.settings
    name = "full_entropy" if settings.strategy == "percentile" else settings.measure
    return MEASURE_OF_NAME[name].noun.removeprefix("the ")


def _first_apart(nodes: list[Node], others: list[Node]) -> Node:
    """Return the first of `nodes` whose token none of `others` has; else the first."""
    theirs = {(node.text, node.token_id) for node in others}
    own = [node for node in nodes if node.rule != "by_hand"] or nodes
    return next((node for node in own if (node.text, node.token_id) not in theirs), own[0])
