from hypothesis import given
from hypothesis import strategies as st

from eager_core.dice import child_state, roll, root_state

token_ids = st.lists(st.integers(0, 200_000), max_size=8)


@given(st.integers(0, 2**63 - 1), token_ids, token_ids)
def test_roll_is_a_pure_function_of_seed_and_path(seed, prompt_ids, path):
    rolls = []
    for _ in range(2):
        state = root_state(seed, prompt_ids)
        for token_id in path:
            state = child_state(state, token_id)
        rolls.append(roll(state))
    assert rolls[0] == rolls[1]
    assert 0 <= rolls[0] < 1


def test_seed_stream_prompt_and_tokens_all_matter():
    base = root_state(0, [5, 6])
    others = [root_state(1, [5, 6]), root_state(0, [5, 6], stream=1), root_state(0, [6, 5]), child_state(base, 7)]
    assert len({roll(state) for state in [base, *others]}) == 5


def test_rolls_are_uniform():
    # Mean of n uniform draws: 1/2 +- 4 standard errors; these are fixed numbers, so this passes always or never.
    rolls = [roll(child_state(root_state(0, [1, 2, 3]), token_id)) for token_id in range(10_000)]
    assert abs(sum(rolls) / len(rolls) - 0.5) < 4 * (1 / 12 / len(rolls)) ** 0.5
    assert min(rolls) < 0.001 and max(rolls) > 0.999


def test_golden_rolls_never_change():
    """A saved trace names a seed; another release must give the same tree for it."""
    state = root_state(0, [1, 2, 3])
    assert (roll(state), roll(child_state(state, 4))) == (0.6021949968093777, 0.7549998344884633)
