import math

import pytest

from eager_core import Settings, SettingsError
from eager_core.settings import check_seed


@pytest.mark.parametrize(
    ("field", "value", "limit"),
    [
        ("theta", -0.1, "from 0 to 100"),
        ("theta", math.nan, "from 0 to 100"),
        ("theta", math.inf, "from 0 to 100"),
        ("theta", "2", "from 0 to 100"),
        ("theta", None, "from 0 to 100"),
        ("max_sequences", 0, "from 1 to 1024"),
        ("max_sequences", 2.0, "from 1 to 1024"),
        ("max_sequences", True, "from 1 to 1024"),
        ("temperature", -1, "from 0 to 10"),
        ("top_p", 0, "above 0 to 1"),
        ("top_p", 1.01, "above 0 to 1"),
        ("max_new_tokens", -5, "from 1 to 32768"),
        ("strategy", "papper", "one of: paper, reference, percentile, parallel, greedy"),
        ("entropy_of", "x", "one of: model, sampling"),
        ("cap", "x", "one of: total, active"),
        ("dynamic_threshold", 1, "one of: True, False"),
        ("dynamic_threshold", None, "one of: True, False"),
        ("percentile", 80, "from 0 to 1"),
        ("num_candidate_branches", 1, "from 2 to 16"),
    ],
)
def test_refusals_name_field_value_and_limit_in_one_sentence(field, value, limit):
    with pytest.raises(SettingsError) as caught:
        Settings(**{field: value})
    message = str(caught.value)
    assert field in message and repr(value) in message and limit in message
    assert message.endswith(".") and "\n" not in message


def test_the_edges_are_allowed():
    Settings(theta=0, max_sequences=1, temperature=0, top_p=1, max_new_tokens=1)


@pytest.mark.parametrize("seed", [-1, 2**63, 0.5, None])
def test_bad_seeds(seed):
    with pytest.raises(SettingsError, match="seed"):
        check_seed(seed)
