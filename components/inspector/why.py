"""Why a token did or did not fork, in one sentence."""

from components.frame.strategy_names import NEVER_FORK
from components.tree.labels import token_label
from components.tree.trigger import Trigger, measure_name
from eager_core.events import Forked, RunStarted
from eager_core.tree import Node
from eager_core.uncertainty import MEASURE_OF_NAME

_PLACE: dict[str | None, str] = {"first": "the most likely", "second": "the second most likely"}
_REASON = {
    "guarded": "the model had stopped thinking",
    "spent": "this path has forked so often that no branches are left",
    "ended": "the drawn token ended the sequence, which is checked first",
}


def why(node: Node, fork: Forked | None, started: RunStarted, trigger: Trigger) -> str:
    """Return the sentence for the choice that gave `node` its token. Plain text, not HTML.

    Args:
        fork: the first fork at the node's parent, if there was one.
        started: how the run began; its settings may be unknown in part.
        trigger: what was looked at there.
    """
    if node.rule is None:
        return "This is the prompt: every sequence begins here, and no token was chosen."
    if node.rule in ("first", "second", "further") and fork is not None:
        return _why_fork(node, fork, started)
    if node.rule == "by_hand":
        place = f": it is number {node.rank} by probability" if node.rank is not None else ""
        return f"“{token_label(node.text, token_bytes=node.token_bytes)}” was added by hand{place}."
    chosen = _choice(node, started)
    if node.rule == "unmonitored":
        return f"No fork: entropies were no longer monitored here; {chosen}."
    measured = _measured(started, trigger)
    if node.rule == "full":
        return (
            f"No fork although {measured} is {_height(trigger, 'at or above')}: all{_most(started)} "
            f"sequences were taken, so {chosen}."
        )
    if node.rule in _REASON:
        return f"No fork although {measured} was measured: {_REASON[node.rule]}, so {chosen}."
    if started.settings.strategy in NEVER_FORK:
        return f"No fork: the strategy {started.settings.strategy} never forks; {chosen}."
    return f"No fork: {measured} is {_height(trigger, 'below')}; {chosen}."


def _why_fork(node: Node, fork: Forked, started: RunStarted) -> str:
    further = "a less likely one" if node.rank is None else f"number {node.rank} by probability"
    place = _PLACE.get(node.rule, further)
    kept = "the two most likely tokens were both kept"
    if started.settings.strategy == "percentile":
        kept = "the most likely tokens were kept"
    name = MEASURE_OF_NAME[measure_name(started.settings)].noun
    theta = "the threshold in force" if fork.threshold is None else f"theta {fork.threshold:.2f}"
    of_most = f" of{_most(started)}" if _most(started) else ""
    return (
        f"Fork: {name} {fork.entropy:.2f}{_unit(started)} is at or above {theta}, and the prompt "
        f"had {fork.new_sequence}{of_most} sequences, so {kept}; this is {place}."
    )


def _most(started: RunStarted) -> str:
    max_sequences = started.known("max_sequences")
    return "" if max_sequences is None else f" {max_sequences}"


def _measured(started: RunStarted, trigger: Trigger) -> str:
    name = MEASURE_OF_NAME[measure_name(started.settings)].noun
    return name if trigger.value is None else f"{name} {trigger.value:.2f}"


def _unit(started: RunStarted) -> str:
    unit = MEASURE_OF_NAME[measure_name(started.settings)].unit
    return f" {unit}" if unit else ""


def _height(trigger: Trigger, where: str) -> str:
    """The threshold in words; a moving one is known where the tree forked only, and may be higher than theta."""
    above = where != "below"
    if trigger.threshold is None or (trigger.value is not None and (trigger.value >= trigger.threshold) != above):
        return f"{'above' if above else 'below'} the threshold in force"
    return f"{where} theta {trigger.threshold:.2f}"


def _choice(node: Node, started: RunStarted) -> str:
    label = token_label(node.text, token_bytes=node.token_bytes)
    if started.known("temperature") == 0:
        return f"the most likely token, “{label}”, was taken, as the temperature is 0"
    if node.rule in ("greedy", "spent"):
        return f"the most likely token, “{label}”, was taken"
    return f"“{label}” was drawn" if node.dice is None else f"the roll {node.dice:.3f} landed on “{label}”"
