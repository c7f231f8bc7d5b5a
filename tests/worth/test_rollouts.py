"""Places and rollouts, against a branch by hand, and against drawing one token after the other."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eager_core import Exploration, Settings
from eager_core.by_hand import HandBranch
from eager_core.dice import child_state, roll, root_state
from eager_core.sampling import draw_exactly
from eager_core.worth.places import spread_places
from eager_core.worth.rollouts import roll_out, rollout_streams
from tests.scripted_engine import EOS, ScriptedEngine, hashed_logprobs

SETTINGS = Settings(strategy="parallel", max_sequences=3, temperature=1.0, max_new_tokens=7)


def explored(eos_logit=-1.0, run=SETTINGS):
    exploration = Exploration(ScriptedEngine(hashed_logprobs(40, eos_logit=eos_logit)), "p", seed=5)
    list(exploration.run(run))
    return exploration


def first_two(knowledge, place):
    return [knowledge.child(place, int(token)) for token in place.prediction.token_ids[:2]]


def plain_rollout(exploration, path, stream):
    """One token after the other from whole distributions."""
    knowledge = exploration.knowledge
    logprobs_of = exploration.engine.logprobs
    path = list(path)
    while path[-1] != EOS and len(path) < SETTINGS.max_new_tokens:
        state = root_state(exploration.seed, knowledge.prompt_ids, stream)
        for token in path:
            state = child_state(state, token)
        path.append(draw_exactly(logprobs_of(tuple(path)), SETTINGS.temperature, SETTINGS.top_p, roll(state))[0])
    return "".join(f" {token}" for token in path if token != EOS)


@pytest.mark.parametrize("eos_logit", [-99.0, 1.0])
def test_equals_drawing_one_token_after_the_other(eos_logit):
    exploration = explored(eos_logit)
    knowledge = exploration.knowledge
    places = [node for node in knowledge.nodes if node.prediction is not None]
    starts = [start for place in places for start in first_two(knowledge, place)]
    streams = rollout_streams(3)
    rolled = roll_out(knowledge, starts, SETTINGS, 5, streams)
    for start, texts in zip(starts, rolled.texts, strict=True):
        assert list(texts) == [plain_rollout(exploration, start.path(), stream) for stream in streams]


def test_equals_a_branch_by_hand_that_throws_the_same_dice():
    run = Settings(theta=9.0, temperature=1.0, max_new_tokens=7)
    exploration = explored(-99.0, run)
    knowledge = exploration.knowledge
    path = tuple(node.token_id for node in exploration.tree.path(exploration.tree.sequences[0].leaf))
    for depth in range(len(path)):
        place = knowledge.root
        for token in path[:depth]:
            place = place.children[token]
        for start in first_two(knowledge, place):
            list(exploration.run(run, by_hand=[HandBranch(path[:depth], start.token_id)]))
            tree = exploration.tree
            by_hand = tree.sequences[-1]  # the run's own, where it takes that token anyway
            (texts,) = roll_out(knowledge, [start], run, 5, streams=[0]).texts
            assert texts == (tree.text(by_hand),)


def test_all_steps_are_shared():
    exploration = explored(-99.0)
    knowledge = exploration.knowledge
    starts = first_two(knowledge, knowledge.root)
    before, nodes_before = knowledge.num_forward_passes, len(knowledge.nodes)
    rolled = roll_out(knowledge, starts, SETTINGS, 5, rollout_streams(4))
    assert knowledge.num_forward_passes - before <= SETTINGS.max_new_tokens - 1
    assert rolled.num_tokens == len(knowledge.nodes) - nodes_before > 0
    predicted = [node.index for node in knowledge._memory.predicted]
    assert len(predicted) == len(set(predicted))
    before = knowledge.num_forward_passes
    again = roll_out(knowledge, starts, SETTINGS, 5, rollout_streams(4))
    assert (again.texts, again.num_tokens) == (rolled.texts, 0) and knowledge.num_forward_passes == before


def test_a_stop_gives_nothing():
    exploration = explored(-99.0)
    asked = iter(range(99))
    starts = first_two(exploration.knowledge, exploration.knowledge.root)
    assert roll_out(exploration.knowledge, starts, SETTINGS, 5, rollout_streams(2), lambda: next(asked) >= 2) is None


def test_a_start_that_ends_the_text_is_all_of_it():
    exploration = explored(-99.0)
    knowledge = exploration.knowledge
    ended = knowledge.child(knowledge.root, EOS)
    assert roll_out(knowledge, [ended], SETTINGS, 5, rollout_streams(2)).texts == (("", ""),)


def test_places_are_spread_over_the_quantiles():
    assert spread_places({"one": list(range(100))}, 4) == [12, 37, 62, 87]
    falling = [-number for number in range(100)]
    assert spread_places({"one": falling}, 2) == [25, 75] or spread_places({"one": falling}, 2) == [24, 74]
    assert spread_places({"one": [3.0, 1.0, 2.0]}, 9) == [0, 1, 2]
    assert spread_places({"one": []}, 3) == [] and spread_places({}, 3) == []


@settings(deadline=None)
@given(
    columns=st.integers(1, 40).flatmap(
        lambda num_places: st.lists(
            st.lists(st.integers(0, 9), min_size=num_places, max_size=num_places), min_size=1, max_size=5
        )
    ),
    most=st.integers(1, 12),
)
def test_as_many_places_as_may_be_and_none_twice(columns, most):
    chosen = spread_places({str(number): column for number, column in enumerate(columns)}, most)
    assert len(chosen) == len({*chosen}) == min(most, len(columns[0]))
    assert all(0 <= place < len(columns[0]) for place in chosen) and chosen == sorted(chosen)


@pytest.mark.parametrize("most", [6, 12, 20])
def test_every_measure_has_places_in_each_third_of_its_values(most):
    columns = {"up": list(range(60)), "mixed": [(number * 23) % 60 for number in range(60)]}
    chosen = spread_places(columns, most)
    for column in columns.values():
        thirds = {column[place] // 20 for place in chosen}
        assert thirds == {0, 1, 2}
