"""A long run made up in Python, for tests that hand the page its deltas one by one: what comes when is their choice."""

from collections.abc import Iterator

from eager_core.events import Event, Forked, NodeAdded, RunStarted
from eager_core.settings import Settings


def long_run(num_sequences: int, num_tokens: int, fork_every: int) -> Iterator[list[Event]]:
    """Yield the events of each step of a run whose sequences are forked off the trunk, one every so many steps."""
    yield [RunStarted("m", "p", Settings(max_sequences=num_sequences, max_new_tokens=num_tokens), None)]
    leaves, depths, number = [0], [0], 0
    for step in range(num_tokens):
        events: list[Event] = []
        if step % fork_every == fork_every - 1 and len(leaves) < num_sequences:
            events.append(Forked(step, leaves[0], 0, len(leaves), 1.0, 1.0, 1, 2))
            leaves.append(leaves[0])
            depths.append(depths[0])
        for sequence, leaf in enumerate(leaves):
            number, depths[sequence] = number + 1, depths[sequence] + 1
            leaves[sequence] = number
            text = f" {'abcdefgh'[number % 8]}{number % 97}"
            events.append(NodeAdded(number, leaf, depths[sequence], number, text, 0.5, -0.5, 1, 0.5, "drawn", sequence))
        yield events
