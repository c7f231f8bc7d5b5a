"""Every allocator worked by hand, and the sums that may never be off."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eager_core import SettingsError
from eager_core.budget import RULES, STAGES, Outcome, allocate, allocate_by_card, retry_thetas


def extras(allocation) -> dict[int, int]:
    return {grant.prompt: grant.num_extra for grant in allocation.grants}


# M = 4. Saved: 0 + 3 + 0 + 2 + 3 = 8. Prompts 0 and 2 reached M; 2, 3 and 4 are not solved.
OUTCOMES = [Outcome(4, True), Outcome(1, True), Outcome(4, False), Outcome(2, False), Outcome(1, False)]


def test_adapt_by_hand():
    allocation = allocate(OUTCOMES, 4, "adapt")
    assert (allocation.num_used, allocation.num_saved, allocation.most_given) == (12, 8, 8)
    assert extras(allocation) == {0: 4, 2: 4}
    assert not any(grant.lowers_theta for grant in allocation.grants)


def test_full_by_hand():
    """8 over three prompts: 3, 3, 2. Those below M go on with 0.8 theta."""
    allocation = allocate(OUTCOMES, 4, "full")
    assert extras(allocation) == {2: 3, 3: 3, 4: 2}
    assert [grant.lowers_theta for grant in allocation.grants] == [False, True, True]


def test_the_paper_gives_out_2m_at_most():
    outcomes = [Outcome(4)] + [Outcome(1)] * 9
    allocation = allocate(outcomes, 4, "adapt")
    assert (allocation.num_saved, allocation.num_given, allocation.num_left) == (27, 8, 19)
    assert extras(allocation) == {0: 8}


def test_the_reference_limits_each_prompt():
    outcomes = [Outcome(4, False)] + [Outcome(1, True)] * 9
    adapt = allocate(outcomes, 4, "adapt", "reference")
    assert (adapt.most_extra, adapt.most_given, extras(adapt), adapt.num_left) == (12, None, {0: 12}, 15)
    full = allocate(outcomes, 4, "full", "reference")
    assert (full.most_extra, extras(full), full.num_left) == (4, {0: 4}, 23)


def test_fewer_spare_sequences_than_prompts_means_one_each_for_the_first():
    outcomes = [Outcome(4, False)] * 5 + [Outcome(2, True)]
    for rules in RULES:
        assert extras(allocate(outcomes, 4, "full", rules)) == {0: 1, 1: 1, 2: 0, 3: 0, 4: 0}


def test_nobody_in_need_leaves_all():
    allocation = allocate([Outcome(1, True)] * 3, 4, "full")
    assert (allocation.grants, allocation.num_left) == ((), 9)
    assert allocate([], 4, "adapt").num_saved == 0


@given(
    outcomes=st.lists(st.builds(Outcome, st.integers(0, 6), st.booleans()), max_size=30),
    stage=st.sampled_from(STAGES),
    rules=st.sampled_from(RULES),
)
def test_no_sequence_is_made_or_lost(outcomes, stage, rules):
    allocation = allocate(outcomes, 6, stage, rules)
    given = sum(grant.num_extra for grant in allocation.grants)
    assert sum(outcome.num_sequences for outcome in outcomes) + given + allocation.num_left == 6 * len(outcomes)
    assert given <= (12 if rules == "paper" else 18 * len(outcomes))
    shares = [grant.num_extra for grant in allocation.grants]
    assert shares == sorted(shares, reverse=True) and (not shares or shares[0] - shares[-1] <= 1)


def test_refusals():
    for outcomes, stage, rules in (
        ([Outcome(5)], "adapt", "paper"),
        ([Outcome(1)], "full", "paper"),
        ([], "more", "paper"),
        ([], "adapt", "mine"),
    ):
        with pytest.raises(SettingsError):
            allocate(outcomes, 4, stage, rules)


def test_thetas_of_reruns():
    assert retry_thetas(2.0, False, "paper") == retry_thetas(2.0, False, "reference") == (2.0,)
    assert retry_thetas(2.0, True, "paper") == (1.6,)
    assert retry_thetas(2.0, True, "reference") == pytest.approx((1.6, 1.28, 1.28 * 0.72))


def test_the_card_by_hand():
    """Wishes 16, 8 and 4 of M = 8 at cost 1: 24 sequences. One each, and 21 more as 12, 6, 3."""
    allocation = allocate_by_card([5.1, 3.0, 1.9], 8)
    assert allocation.num_wanted == (16, 8, 4)
    assert allocation.num_sequences == (13, 7, 4)
    assert allocate_by_card([5.0, 2.0], 8).num_sequences == (8, 8)
    # Half the cost: 12 sequences, 9 beyond one each as 36/7, 18/7, 9/7; the largest remainder is the second's.
    assert allocate_by_card([5.1, 3.0, 1.9], 8, 0.5).num_sequences == (6, 4, 2)


@given(st.lists(st.floats(0, 12), max_size=20), st.integers(1, 40), st.floats(0.05, 3))
def test_the_card_spends_its_target_to_the_sequence(entropies, max_sequences, target_cost):
    allocation = allocate_by_card(entropies, max_sequences, target_cost)
    expected = max(len(entropies), round(target_cost * max_sequences * len(entropies)))
    assert sum(allocation.num_sequences) == expected
    assert all(number >= 1 for number in allocation.num_sequences)


def test_the_card_refuses():
    for entropies, target in (([-1.0], 1.0), ([float("nan")], 1.0), ([1.0], 0.0), ([1.0], float("nan"))):
        with pytest.raises(SettingsError):
            allocate_by_card(entropies, 4, target)
