"""What forks changed, against leaves that are looked up one by one."""

from hypothesis import given, settings
from hypothesis import strategies as st

from eager_core import Exploration, Settings
from eager_core.by_hand import HandBranch
from eager_core.events import Forked, NodeAdded, RunStarted, SequenceFinished
from eager_core.tree import ROOT, fold
from eager_core.worth import fork_outcomes, judged_leaves
from tests.core.some_runs import any_settings, some_engines
from tests.experiment.tiny_tasks import ThirdToken, tiny_tasks
from tests.scripted_engine import ScriptedEngine, hashed_logprobs


def node(number, parent, depth, sequence):
    return NodeAdded(number, parent, depth, number, f" {number}", 1.0, -1.0, 1, 0.5, "drawn", sequence)


def small_tree():
    """0 - 1 -+- 2 (sequence 0)
    +- 3 -+- 4 (sequence 1)
          +- 5 (sequence 2)"""
    return fold(
        [
            RunStarted("model", "prompt", Settings(), 0),
            node(1, 0, 1, 0),
            Forked(1, 1, 0, 1, 2.0, 1.0, 2, 3), node(2, 1, 2, 0), node(3, 1, 2, 1),
            SequenceFinished(0, "eos"),
            Forked(2, 3, 1, 2, 2.0, 1.0, 4, 5), node(4, 3, 3, 1), node(5, 3, 3, 2),
            SequenceFinished(1, "eos"), SequenceFinished(2, "eos"),
        ]
    )  # fmt: skip


def marks(is_right):
    told = fork_outcomes(small_tree(), is_right)
    return [(fork.node, fork.mark, fork.gap) for fork in told.forks]


def test_marks_of_a_small_tree():
    assert marks({2: True, 4: True, 5: True}) == [(1, "right", 0), (3, "right", 0)]
    assert marks({2: False, 4: False, 5: False}) == [(1, "wrong", 0), (3, "wrong", 0)]
    # One side is mixed, because of the fork below it.
    assert marks({2: True, 4: True, 5: False}) == [(1, "split", 0.5), (3, "split", 1)]
    assert marks({2: True, 4: False, 5: False}) == [(1, "split", 1), (3, "wrong", 0)]
    told = fork_outcomes(small_tree(), {2: True, 4: True, 5: False})
    assert told.leaves == {2: "right", 4: "right", 5: "wrong"}
    assert told.num_forks("split") == 2 and told.num_forks("right") == 0


def test_leaves_that_nobody_judged():
    assert marks({2: True, 4: True}) == [(1, "right", 0), (3, "unknown", None)]
    assert marks({}) == [(1, "unknown", None), (3, "unknown", None)]
    assert fork_outcomes(small_tree(), {2: True}).leaves == {2: "right", 4: "unknown", 5: "unknown"}


def plain_sides(tree, fork_node, first_nodes, is_right):
    """Leaf by leaf: on which side does it lie?"""
    for first in first_nodes:
        below = [leaf for leaf in is_right if first in [n.id for n in tree.path(leaf)]]
        yield sum(is_right[leaf] for leaf in below), len(below)


@settings(max_examples=80, deadline=None)
@given(engine=some_engines, run_settings=any_settings, seed=st.integers(0, 99))
def test_equals_looking_up_every_leaf(engine, run_settings, seed):
    exploration = Exploration(engine, "p")
    list(exploration.run(run_settings))
    tree = exploration.tree
    is_right = {leaf: (leaf * 7 + seed) % 3 == 0 for leaf in {s.leaf for s in tree.kept_sequences}}
    told = fork_outcomes(tree, is_right)
    assert {fork.node for fork in told.forks} == {fork.node for fork in tree.forks}
    for fork in told.forks:
        # Strategies that fork begin with one sequence, so that all children of a node are the fork's sides.
        expected = sorted(plain_sides(tree, fork.node, tree.children(fork.node), is_right))
        assert sorted((side.num_right, side.num_leaves) for side in fork.sides) == expected
        rights = {right for leaf, right in is_right.items() if fork.node in [n.id for n in tree.path(leaf)] + [ROOT]}
        if fork.mark != "unknown":
            assert fork.mark == ("split" if len(rights) == 2 else "right" if rights == {True} else "wrong")
            assert (fork.gap == 0) or fork.mark == "split"


def test_a_branch_by_hand_beside_independent_samples_is_set_against_the_one_it_left():
    exploration = Exploration(ScriptedEngine(hashed_logprobs(30, eos_logit=-99.0)), "p")
    run = Settings(strategy="parallel", max_sequences=3, max_new_tokens=4, temperature=1.0)
    list(exploration.run(run, by_hand=[HandBranch((), 29)]))
    tree = exploration.tree
    by_hand = tree.sequences[3]
    (fork,) = fork_outcomes(tree, {s.leaf: s.id in (1, 2, 3) for s in tree.sequences}).forks
    # The samples 1 and 2 began at the prompt by themselves: they are no sides.
    assert [(side.sequence, side.num_right, side.num_leaves) for side in fork.sides] == [(0, 0, 1), (by_hand.id, 1, 1)]
    assert (fork.mark, fork.gap) == ("split", 1)


def test_only_what_ended_by_itself_is_judged():
    tasks = tiny_tasks(1)
    exploration = Exploration(ScriptedEngine(hashed_logprobs(30, eos_logit=-99.0)), "p")
    list(exploration.run(Settings(theta=1.0, max_sequences=4, max_new_tokens=5)))
    tree = exploration.tree
    judged = judged_leaves(tree, tasks.tasks[0], tasks.grader)
    for sequence in tree.sequences:
        answer = ThirdToken().extract(tree.text(sequence))
        assert judged[sequence.leaf] == ThirdToken().is_correct(tasks.tasks[0], answer)
    stopped = Exploration(ScriptedEngine(hashed_logprobs(30, eos_logit=-99.0)), "p")
    steps = iter(range(9))
    list(stopped.run(Settings(theta=1.0), lambda: next(steps) >= 2))
    assert judged_leaves(stopped.tree, tasks.tasks[0], tasks.grader) == {}
