"""The area under the curve, against all pairs one by one."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eager_core.worth.auc import auc_of, auc_over_prompts, hits_of

places = st.lists(st.tuples(st.integers(0, 5), st.booleans()), max_size=30)


def plain_auc(scored):
    """Every pair of a positive and a negative."""
    pairs = [
        1.0 if one > other else 0.5 if one == other else 0.0
        for (one, is_one), (other, is_other) in itertools.product(scored, repeat=2)
        if is_one and not is_other
    ]
    return sum(pairs) / len(pairs) if pairs else None


@given(places)
def test_equals_all_pairs(scored):
    found = auc_of([score for score, _ in scored], [positive for _, positive in scored])
    assert found == (None if plain_auc(scored) is None else pytest.approx(plain_auc(scored)))


def test_ends():
    assert auc_of([1, 2, 3, 4], [False, False, True, True]) == 1
    assert auc_of([4, 3, 2, 1], [False, False, True, True]) == 0
    assert auc_of([1, 1, 1], [True, False, True]) == 0.5
    assert auc_of([1, 2], [True, True]) is auc_of([1, 2], [False, False]) is auc_of([], []) is None


@given(st.lists(st.tuples(st.integers(0, 3), st.booleans()), min_size=1, max_size=5), st.integers(0, 6))
def test_hits_are_the_mean_over_all_ways_to_break_ties(scored, num_taken):
    scores, kinds = [score for score, _ in scored], [positive for _, positive in scored]
    shares = []
    for order in itertools.permutations(range(len(scored))):
        taken = sorted(order, key=lambda number: -scores[number])[:num_taken]
        shares.append(sum(kinds[number] for number in taken) / num_taken if num_taken else 0)
    found = hits_of(scores, kinds, num_taken)
    is_possible = 0 < num_taken <= len(scored)
    assert found == (pytest.approx(np.mean(shares)) if is_possible else None)


def test_prompts_are_resampled_whole():
    """With every prompt alike, no resample differs; with one prompt there is no interval."""
    one = ([0.1, 0.4, 0.3, 0.2], [False, True, False, True])
    alike = auc_over_prompts([one] * 5)
    assert (alike.value, alike.low, alike.high) == (0.75, 0.75, 0.75)
    assert (alike.num_places, alike.num_positive) == (20, 10)
    assert auc_over_prompts([one]).low is None
    assert auc_over_prompts([one, ([1, 2], [True, False])]) == auc_over_prompts([one, ([1, 2], [True, False])])


def test_undefined_is_none():
    told = auc_over_prompts([([1, 2], [True, True]), ([3], [True])])
    assert (told.value, told.low, told.high, told.num_places, told.num_positive) == (None, None, None, 3, 3)
    assert auc_over_prompts([]).value is None


@settings(max_examples=20, deadline=None)
@given(
    st.lists(
        st.lists(st.tuples(st.integers(0, 4), st.booleans()), min_size=1, max_size=5).map(
            lambda scored: ([score for score, _ in scored], [kind for _, kind in scored])
        ),
        min_size=2,
        max_size=5,
    )
)
def test_the_interval_is_that_of_resampled_prompts_laid_end_to_end(prompts):
    told = auc_over_prompts(prompts)
    whole = [[value for one in prompts for value in one[part]] for part in (0, 1)]
    assert told.value == (None if auc_of(*whole) is None else pytest.approx(auc_of(*whole)))
    resampled = []
    for draw in np.random.default_rng(0).integers(len(prompts), size=(1000, len(prompts))):
        drawn = [[value for number in draw for value in prompts[number][part]] for part in (0, 1)]
        resampled.append(auc_of(*drawn))
    defined = [value for value in resampled if value is not None]
    if told.value is not None and len(defined) >= 500:
        assert (told.low, told.high) == pytest.approx(tuple(np.quantile(defined, [0.025, 0.975])))
    else:
        assert (told.low, told.high) == (None, None)
