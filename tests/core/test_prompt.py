"""The date and the digest that every run records beside its prompt."""

import datetime

import pytest

from eager_core.errors import SettingsError
from eager_core.exploration import Exploration
from eager_core.prompt import DEFAULT_DATE, check_date, digest_of_ids
from eager_core.settings import Settings
from tests.scripted_engine import ScriptedEngine, hashed_logprobs


class DatedEngine(ScriptedEngine):
    """Its chat frame tells the date."""

    def encode_prompt(self, prompt: str, date: str = DEFAULT_DATE) -> list[int]:
        return super().encode_prompt(f"{date}: {prompt}", date)


def run(engine, **named):
    exploration = Exploration(engine, "hello", **named)
    list(exploration.run(Settings(theta=1.0, max_sequences=3, max_new_tokens=5)))
    return exploration.tree


@pytest.mark.parametrize("date", ["2024-07-26", " 2000-02-29 ", "0001-01-01", "9999-12-31"])
def test_days_are_dates(date):
    assert check_date(date) == date.strip()


def test_today_becomes_a_day():
    assert check_date("Today") in {str(datetime.date.today()), str(datetime.date.today() - datetime.timedelta(1))}


@pytest.mark.parametrize(
    "date", ["", "2023-02-29", "26.7.2024", "20240726", "2024-W30-5", "2024-7-26", "now", "x" * 999, None, 3]
)
def test_what_is_no_day_is_refused_with_the_form(date):
    with pytest.raises(SettingsError, match=r'YYYY-MM-DD \("2024-07-26"\), or "today"\.$') as caught:
        check_date(date)
    assert len(str(caught.value)) < 200


def test_a_run_records_its_date_and_the_prompt_that_the_model_read():
    engine = DatedEngine(hashed_logprobs(60))
    started = run(engine, date="2026-01-02").started
    assert started.date == "2026-01-02"
    assert started.prompt_digest == digest_of_ids([ord(letter) for letter in "2026-01-02: hello"])
    assert run(engine).started.date == DEFAULT_DATE
    assert run(engine).started.prompt_digest != started.prompt_digest


def test_a_date_that_no_template_tells_changes_nothing():
    engine = ScriptedEngine(hashed_logprobs(60))
    one, other = run(engine, date="2026-01-02"), run(engine, date="1999-12-31")
    assert list(one.nodes()) == list(other.nodes()) and one.forks == other.forks
    assert one.started.prompt_digest == other.started.prompt_digest


def test_digests_tell_where_one_token_ends():
    assert digest_of_ids([1, 23]) != digest_of_ids([12, 3]) != digest_of_ids([123])
