"""Controls: into settings, and back from links and traces."""

import math
from dataclasses import asdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.frame.controls import Controls, controls_from
from components.page_facts import PAGE_FACTS
from eager_core import Settings, SettingsError
from eager_core.prompt import DEFAULT_DATE


def test_whole_numbers_count_as_floats_where_one_is_meant():
    settings = Controls(theta=2, temperature=0, top_p=1).settings()
    assert settings == Settings(theta=2.0, temperature=0.0, top_p=1.0)
    assert isinstance(settings.temperature, float)


@pytest.mark.parametrize("name", ["theta", "max_sequences", "temperature", "top_p", "max_new_tokens", "seed"])
def test_an_empty_control_is_refused_by_name(name):
    with pytest.raises(SettingsError, match=f"{name} is empty"):
        Controls(**{name: None}).settings()


@pytest.mark.parametrize("date", ["2024-13-01", "26.7.2024", "today"])
def test_what_is_no_day_is_refused_with_the_form(date):
    with pytest.raises(SettingsError, match=r'YYYY-MM-DD \("2024-07-26"\)\.$'):
        Controls(date=date).settings()


def test_an_empty_date_is_the_default():
    assert Controls(date=" ").checked_date() == Controls().checked_date() == DEFAULT_DATE


def test_a_link_names_every_control():
    assert PAGE_FACTS["in_link"] == ["prompt", *Controls.__dataclass_fields__]


@given(
    st.builds(
        Controls,
        theta=st.floats(0, 3), max_sequences=st.integers(1, 32), temperature=st.floats(0, 2),
        seed=st.integers(0, 2**40), strategy=st.sampled_from(["paper", "greedy"]), dynamic_threshold=st.booleans(),
        model=st.text(), date=st.dates().map(str),
    )
)  # fmt: skip
def test_a_link_gives_the_controls_back(controls):
    query = {name: str(value) for name, value in asdict(controls).items()}
    assert controls_from(query) == controls
    assert controls_from(asdict(controls)) == controls


nonsense = st.none() | st.text() | st.floats() | st.lists(st.none())


@given(st.dictionaries(st.sampled_from(list(Controls.__dataclass_fields__)), nonsense))
def test_whatever_stands_in_a_link_the_controls_have_their_types(values):
    for value, default in zip(asdict(controls_from(values)).values(), asdict(Controls()).values(), strict=True):
        assert type(value) is type(default)
        assert not isinstance(value, float) or not math.isnan(value)
