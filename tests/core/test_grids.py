"""Values to be tried, as a person writes them."""

import pytest

from eager_core import Settings, SettingsError
from eager_core.grids import grid_of, values_of, whole_values_of


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("1.8:2.7:0.1", (1.8, 1.9, 2.0, 2.1, 2.2, 2.3, 2.4, 2.5, 2.6, 2.7)),
        ("0:3:1.5", (0.0, 1.5, 3.0)),
        ("0:1:0.4", (0.0, 0.4, 0.8)),
        ("2", (2.0,)),
        (" 2.0 , 1,1.0", (1.0, 2.0)),
        ("2:2:1", (2.0,)),
    ],
)
def test_ranges_and_lists(text, values):
    assert values_of("theta", text) == values


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("2.7:1.8:0.1", "rise"),
        ("1:2:0", "step above 0"),
        ("1:2:-1", "step above 0"),
        ("nan:2:1", "'nan' is not a number"),
        ("1:inf:1", "'inf' is not a number"),
        ("0:1:1e-9", "1,000,000,001 values"),
        ("0:1:1e-300", "over 1,000,000,000,000 values"),
        ("0:1:1e-9999999", "not a number"),
        ("1:2", "three parts"),
        ("1:2:3:4", "three parts"),
        ("", "'' is not a number"),
        ("1,,2", "'' is not a number"),
        ("low", "'low' is not a number"),
        ("1e999:2:1", "not a number"),
    ],
)
def test_what_is_no_range_is_refused_in_one_sentence(text, words):
    with pytest.raises(SettingsError, match=words) as refused:
        values_of("theta", text)
    assert "theta is" in str(refused.value) and "\n" not in str(refused.value)


def test_whole_numbers():
    assert whole_values_of("max_sequences", "1,4,8") == (1, 4, 8)
    with pytest.raises(SettingsError, match=r"2\.5 is not a whole number"):
        whole_values_of("max_sequences", "1,2.5")


def test_a_grid_is_checked_as_settings_are():
    grid = grid_of(Settings(), (1.0, 2.0), (1, 4))
    assert [(s.max_sequences, s.theta) for s in grid] == [(1, 1.0), (1, 2.0), (4, 1.0), (4, 2.0)]
    with pytest.raises(SettingsError, match="theta is -1"):
        grid_of(Settings(), (-1.0,), (1,))
