"""Short rollouts in lockstep: many draws from many places of one possible tree, in shared passes.

A branch by hand (`by_hand.HandBranch`) has one future, because a path has one roll of the dice. To tell how often a
token leads to a right answer takes several: here each rollout has a stream of dice of its own, as independent samples
have, and otherwise draws as a branch by hand does.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from eager_core.dice import child_state, roll, root_state
from eager_core.knowledge import Knowledge
from eager_core.known_node import KnownNode
from eager_core.settings import LARGEST_MAX_SEQUENCES, Settings


@dataclass(slots=True)
class _Rollout:
    """One that grows."""

    place: int
    known: KnownNode
    dice_state: bytes


@dataclass(frozen=True)
class Rollouts:
    """What became of them."""

    texts: tuple[tuple[str, ...], ...]
    """By start, then by stream: the text from the prompt on, without the end-of-sequence token."""
    num_tokens: int
    """Generated beyond the starts; a token that several rollouts share counts once."""


def rollout_streams(num_rollouts: int) -> range:
    """Return the streams of dice of so many rollouts: none of them is a stream that a sample of the run has."""
    return range(LARGEST_MAX_SEQUENCES, LARGEST_MAX_SEQUENCES + num_rollouts)


def roll_out(
    knowledge: Knowledge,
    starts: Sequence[KnownNode],
    settings: Settings,
    seed: int,
    streams: Sequence[int],
    should_stop: Callable[[], bool] = lambda: False,
) -> Rollouts | None:
    """Return what drawing on from `starts` gives, once for each stream; None if it was stopped.

    All rollouts take a step together: each node is predicted once, whoever stands at it.

    Args:
        starts: known nodes; their own predictions need not be known.
        settings: temperature, top-p and the length, which counts from the prompt.
    Raises:
        ModelError: the model failed.
    """
    longest = min(settings.max_new_tokens, knowledge.room)
    ends: list[list[KnownNode]] = [[] for _ in starts]
    growing = []
    for number, start in enumerate(starts):
        for stream in streams:
            growing.append(_Rollout(number, start, _state_at(knowledge, start, seed, stream)))
    rollouts, first_new = list(growing), len(knowledge.nodes)
    eos = knowledge.engine.eos_token_ids
    while growing := [r for r in growing if r.known.token_id not in eos and r.known.depth < longest]:
        if should_stop() or not knowledge.predict(list(dict.fromkeys(r.known for r in growing)), should_stop):
            return None
        for rollout in growing:
            dice = roll(rollout.dice_state)
            token_id = knowledge.draw(rollout.known, settings.temperature, settings.top_p, dice)
            rollout.known = knowledge.child(rollout.known, token_id)
            rollout.dice_state = child_state(rollout.dice_state, token_id)
    for rollout in rollouts:
        ends[rollout.place].append(rollout.known)
    texts = tuple(tuple(_text(end, eos) for end in of_start) for of_start in ends)
    return Rollouts(texts, len(knowledge.nodes) - first_new)


def _state_at(knowledge: Knowledge, start: KnownNode, seed: int, stream: int) -> bytes:
    state = root_state(seed, knowledge.prompt_ids, stream)
    for token_id in start.path():
        state = child_state(state, token_id)
    return state


def _text(end: KnownNode, eos: frozenset[int]) -> str:
    nodes = [node for node in end.upwards() if node.parent is not None]
    if nodes and nodes[0].token_id in eos:
        nodes = nodes[1:]
    return "".join(node.text for node in reversed(nodes))
