"""What is told of a slider: JSON that holds, jumps that lie beyond a change, places as numbers."""

import json
import math

import pytest

from components.what_if.news import News, jump, message, told_curve, told_same
from eager_core import Exploration, Settings
from eager_core.what_if import Place, SameTree, WhatIf
from tests.scripted_engine import ScriptedEngine, hashed_logprobs

LIMITS = (0.0, 3.0)


def test_a_jump_is_the_nearest_value_of_four_digits_at_or_beyond_the_change():
    told = told_same(SameTree(1.83715, 2.43719999, 1.83714999, 2.43720001), LIMITS)
    assert told == {"same": [1.83715, 2.43719999], "jumps": [1.8371, 2.4373]}


@pytest.mark.parametrize(
    ("change", "rounding", "told"),
    [(None, "ROUND_CEILING", None), (5, "ROUND_CEILING", 5), (1.5, "ROUND_CEILING", 1.5), (1.5, "ROUND_FLOOR", 1.5)],
)
def test_a_jump_to_what_is_round_already_is_that(change, rounding, told):
    assert jump(change, rounding, LIMITS) == told


def test_a_jump_stays_on_its_slider():
    nearly = math.nextafter(3.0, 0)
    assert jump(nearly, "ROUND_CEILING", (0.0, nearly)) == nearly


@pytest.mark.parametrize("same", [None, SameTree(0.6, 0.6, None, None, is_exact=False)])
def test_an_interval_that_is_not_known_is_not_told(same):
    assert told_same(same, LIMITS) == {"same": None, "jumps": [None, None]}


def test_places_beside_those_of_a_curve_are_told_too_in_order():
    exploration = Exploration(ScriptedEngine(hashed_logprobs(30)), "hello")
    settings = Settings(theta=1.0, max_sequences=3, max_new_tokens=10)
    list(exploration.run(settings))
    curve = WhatIf(exploration, settings).curve("theta", [1.0])
    told = told_curve(curve, {value: Place(value, None) for value in (0.5, 1.0, 2.0)})
    tree = exploration.tree
    (low, here, high) = told["places"]
    assert (low, high) == ([0.5], [2.0])
    ledger = tree.ledger()
    assert here == [1.0, ledger.generated_tokens, len(tree.sequences), len(tree.forks), round(ledger.saved_fraction, 3)]


def test_of_several_news_the_latest_of_each_slider_is_told():
    news = [News({"theta": {"same": [1, 2]}}, "theta"), News({"temperature": {}}, "theta"), News({"theta": {}}, None)]
    told = json.loads(message(7, 2, news))
    sliders = {"theta": {}, "temperature": {}}
    assert told == {"run": 7, "number": 2, "explores": None, "sliders": sliders, "later": False}
