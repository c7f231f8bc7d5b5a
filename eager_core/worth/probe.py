"""One prompt's samples, what every measure says of their tokens, and what became of both most likely tokens."""

import math
import time
from collections.abc import Callable

from eager_core.exploration import Exploration
from eager_core.grading import Grader, Task
from eager_core.known_node import KnownNode
from eager_core.uncertainty import MEASURE_OF_NAME
from eager_core.worth.marks import judged_leaves
from eager_core.worth.places import spread_places
from eager_core.worth.plan import WorthPlan
from eager_core.worth.records import Leaf, Place, ProbeRecord, six_digits
from eager_core.worth.rollouts import roll_out, rollout_streams


def probe(
    exploration: Exploration,
    number: int,
    task: Task,
    grader: Grader,
    plan: WorthPlan,
    should_stop: Callable[[], bool] = lambda: False,
) -> ProbeRecord | None:
    """Sample a prompt, measure its tokens, and roll out from the chosen places; None if it was stopped.

    Raises:
        ModelError: the model failed.
    """
    began, passes_before = time.perf_counter(), exploration.knowledge.num_forward_passes
    for _ in exploration.run(plan.samples, should_stop):
        pass
    tree = exploration.tree
    if any(sequence.finish_reason == "stopped" for sequence in tree.sequences):
        return None
    nodes, known_of = _distinct_nodes(exploration)
    measures = {name: _column(name, nodes) for name in plan.measures}
    judged = judged_leaves(tree, task, grader)
    leaves = tuple(Leaf(known_of[sequence.leaf], judged[sequence.leaf]) for sequence in tree.sequences)
    chosen = _places(nodes, measures, plan.num_places)
    rolled = _rolled_out(exploration, [nodes[place] for place in chosen], task, grader, plan, should_stop)
    if rolled is None:
        return None
    counts, rollout_tokens = rolled
    index = {id(node): place for place, node in enumerate(nodes)}
    return ProbeRecord(
        number=number,
        task_id=task.id,
        prompt=task.prompt,
        target=task.answer,
        parents=tuple(None if node.parent is None else index[id(node.parent)] for node in nodes),
        token_ids=tuple(node.token_id for node in nodes),
        measures=measures,
        leaves=leaves,
        num_tokens=tree.ledger().generated_tokens,
        places=tuple(Place(p, count, plan.num_rollouts) for p, count in zip(chosen, counts, strict=True)),
        rollout_tokens=rollout_tokens,
        forward_passes=exploration.knowledge.num_forward_passes - passes_before,
        seconds=time.perf_counter() - began,
    )


def _distinct_nodes(exploration: Exploration) -> tuple[list[KnownNode], dict[int, int]]:
    """Return the known nodes of the last run, each once and parents first, and by node of its tree their places."""
    root, tree = exploration.knowledge.root, exploration.tree
    nodes, place_of_index, known_of = [root], {root.index: 0}, {0: 0}
    for node in list(tree.nodes())[1:]:
        assert node.parent is not None and node.token_id is not None  # the prompt's node is left out
        known = nodes[known_of[node.parent]].children[node.token_id]
        if known.index not in place_of_index:
            place_of_index[known.index] = len(nodes)
            nodes.append(known)
        known_of[node.id] = place_of_index[known.index]
    return nodes, known_of


def _column(name: str, nodes: list[KnownNode]) -> tuple[float | None, ...]:
    measure = MEASURE_OF_NAME[name].of
    values = (None if node.prediction is None else measure(node.prediction) for node in nodes)
    return tuple(None if value is None or math.isnan(value) else six_digits(value) for value in values)


def _places(
    nodes: list[KnownNode], measures: dict[str, tuple[float | None, ...]], most: int
) -> list[int]:
    """Return the nodes to roll out from, among those where the model gives a second token any probability."""
    open_nodes = [
        place
        for place, node in enumerate(nodes)
        if node.prediction is not None and node.prediction.num_kept > 1 and node.prediction.logprobs[1] > -math.inf
    ]
    told = {}
    for name, column in measures.items():
        values = [value for place in open_nodes if (value := column[place]) is not None]
        if len(values) == len(open_nodes):
            told[name] = values
    return [open_nodes[number] for number in spread_places(told, most)]


def _two_most_probable(place: KnownNode) -> list[int]:
    assert place.prediction is not None  # only such nodes are chosen
    return [int(token) for token in place.prediction.token_ids[:2]]


def _rolled_out(
    exploration: Exploration,
    places: list[KnownNode],
    task: Task,
    grader: Grader,
    plan: WorthPlan,
    should_stop: Callable[[], bool],
) -> tuple[list[tuple[int, int]], int] | None:
    """Return the right rollouts of each place's two sides, and the tokens they took; None if they were stopped."""
    knowledge = exploration.knowledge
    starts = [knowledge.child(place, token) for place in places for token in _two_most_probable(place)]
    streams = rollout_streams(plan.num_rollouts)
    rolled = roll_out(knowledge, starts, plan.settings, plan.seed, streams, should_stop)
    if rolled is None:
        return None
    is_right = {text: grader.is_correct(task, grader.extract(text)) for texts in rolled.texts for text in {*texts}}
    right = [sum(is_right[text] for text in texts) for texts in rolled.texts]
    return list(zip(right[::2], right[1::2], strict=True)), rolled.num_tokens
