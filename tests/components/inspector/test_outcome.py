"""What a fork was worth, in a sentence, and which answers are right."""

import pytest

from components.inspector.outcome import fork_sentence, outcome
from components.visitors.session import judged_leaves_by_path
from eager_core import Exploration, Settings
from eager_core.worth import ForkOutcome, Side, fork_outcomes
from tests.scripted_engine import ScriptedEngine, hashed_logprobs


@pytest.fixture(scope="module")
def tree():
    with Exploration(ScriptedEngine(hashed_logprobs(20)), "hello") as exploration:
        list(exploration.run(Settings(theta=1.0, max_sequences=4, max_new_tokens=10)))
        return exploration.tree


@pytest.mark.parametrize(
    ("sides", "words"),
    [
        ([(1, 1), (0, 1)], "one side is right, the other wrong"),
        ([(0, 3), (2, 2)], "one side is right, the other wrong"),
        ([(1, 1), (2, 2)], "both sides are right"),
        ([(0, 1), (0, 2)], "both sides are wrong"),
        ([(1, 2), (0, 1)], "was worth something: 1 of 2 answers are right on one side, 0 of 1 on the other"),
        ([(1, 2), (2, 4)], "changed nothing by itself: 1 of 2 answers are right on one side, 2 of 4 on the other"),
        ([(1, 2), (0, 2), (1, 1)], "1 of 2 answers are right on the first side, then 0 of 2, 1 of 1"),
        ([(0, 1), (0, 2), (0, 1)], "all sides are wrong"),
    ],
)
def test_a_fork_s_worth_in_words(sides, words):
    assert words in fork_sentence(ForkOutcome(3, tuple(Side(0, *side) for side in sides)))


def test_nothing_is_said_where_a_side_is_not_judged():
    assert fork_sentence(ForkOutcome(3, (Side(0, 1, 1), Side(1, 0, 0)))) == ""


def test_the_fork_is_told_at_its_tokens_and_the_answer_at_its_leaf(tree):
    leaves = {sequence.leaf: sequence.id == 0 for sequence in tree.sequences}
    outcomes = fork_outcomes(tree, leaves)
    fork = tree.forks[0]
    for child in tree.children(fork.node):
        assert "This fork was worth something" in outcome(tree.node(child), outcomes)
    assert outcome(tree.node(fork.node), outcomes) == ""
    assert outcome(tree.node(tree.sequences[0].leaf), outcomes).endswith("The answer of this sequence is right.")
    assert outcome(tree.node(tree.sequences[1].leaf), outcomes).endswith("The answer of this sequence is wrong.")
    assert all(outcome(node, None) == "" for node in tree.nodes())


def test_answers_are_found_by_the_path_of_their_sequence(tree):
    paths = {sequence.id: tuple(node.token_id for node in tree.path(sequence.leaf)) for sequence in tree.sequences}
    found = judged_leaves_by_path(tree, {paths[1]: True, paths[2]: False, (999,): True})
    assert found == {tree.sequences[1].leaf: True, tree.sequences[2].leaf: False}
