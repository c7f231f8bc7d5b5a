"""Each failure signature provoked, and a sound run without any."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eager_core import Exploration, Settings, TokenTree
from eager_core.diagnosis import diagnose, diagnose_settings, loop_at_end
from tests.scripted_engine import EOS, ScriptedEngine, hashed_logprobs, scripted_logprobs


def findings(engine, **changes):
    exploration = Exploration(engine, "p")
    list(exploration.run(Settings(**changes)))
    return {finding.kind: finding for finding in diagnose(exploration.tree)}


CYCLE = {tuple((1, 2, 3)[i % 3] for i in range(n)): {(1, 2, 3)[n % 3]: 0.8, 9: 0.2} for n in range(60)}


def test_low_temperature_and_theta_3_as_the_seed_asks():
    """tau = 0.1 takes the most likely token, which goes round and round; theta = 3.0 lies above ln 20."""
    found = findings(
        ScriptedEngine(scripted_logprobs(CYCLE, 30)), temperature=0.1, theta=3.0, max_sequences=4, max_new_tokens=30
    )
    assert list(found) == ["theta_never_forks", "repetition", "length_limit"]
    assert "Theta 3 is above ln 20 = 2.996" in found["theta_never_forks"].what
    assert "Lower theta" in found["theta_never_forks"].remedy
    assert "“1 2 3” stands there 10 times" in found["repetition"].what
    assert "from 0.1 to 0.6" in found["repetition"].remedy and found["repetition"].sequences == (0,)
    assert "30 tokens" in found["length_limit"].what


def test_theta_too_high_for_the_model():
    found = findings(ScriptedEngine(hashed_logprobs(10)), theta=2.9, max_sequences=8, max_new_tokens=12)
    assert "1 sequence, highest entropy" in found["theta_too_high"].what
    assert "Lower theta" in found["theta_too_high"].remedy


def test_a_stuck_model_at_an_ordinary_temperature():
    certain = {path: {max(tokens, key=tokens.get): 1.0} for path, tokens in CYCLE.items()}
    found = findings(ScriptedEngine(scripted_logprobs(certain, 30)), temperature=0.8, max_new_tokens=40)
    assert "stuck" in found["repetition"].remedy


def test_a_sound_run_has_nothing_wrong():
    script = {(): {1: 0.5, 2: 0.5}, (1,): {3: 0.5, 4: 0.5}, (2,): {5: 1.0}}
    engine = ScriptedEngine(scripted_logprobs(script, 30))
    assert findings(engine, theta=0.5, max_sequences=3, max_new_tokens=9) == {}
    assert diagnose(TokenTree()) == []


@pytest.mark.parametrize("strategy", ["percentile", "parallel", "greedy"])
def test_strategies_without_theta_are_not_told_of_it(strategy):
    assert diagnose_settings(Settings(theta=9.0, strategy=strategy, max_sequences=4)) == []


def test_a_full_context_is_told_apart_from_the_limit():
    engine = ScriptedEngine(hashed_logprobs(50, eos_logit=-99.0), context_length=7)
    assert "context is full" in findings(engine, theta=1.0, max_new_tokens=50)["length_limit"].remedy


@pytest.mark.parametrize(
    ("tokens", "loop"),
    [
        ([1] * 16, (1, 16)),
        ([1] * 15, None),
        ([9, 8] + [1, 2, 3] * 6 + [1], (3, 6)),
        ([1, 2, 3, 4, 5, 6, 7, 8] * 2, None),
        ([1, 2, 3, 4, 5, 6, 7, 8] * 3, (8, 3)),
        ([1, 2] * 20 + [5], None),
        ([], None),
    ],
)
def test_loops(tokens, loop):
    assert loop_at_end(tokens) == loop


@given(st.lists(st.integers(0, 3), max_size=60))
def test_a_loop_is_what_it_says(tokens):
    loop = loop_at_end(tokens)
    if loop is not None:
        period, num_repeats = loop
        assert num_repeats >= 3 and period * num_repeats + period > 16
        assert tokens[-period * num_repeats :] == tokens[-period:] * num_repeats


def test_the_end_token_does_not_hide_a_loop():
    script = {path: {1: 1.0} for path in ((1,) * n for n in range(20))} | {(1,) * 20: {EOS: 1.0}}
    found = findings(ScriptedEngine(scripted_logprobs(script, 30)), temperature=0.0, max_new_tokens=40)
    assert "20 times" in found["repetition"].what


def test_pruned_stubs_are_no_sequences_to_be_diagnosed():
    """All kept sequences are cut at the limit; a hundred stubs beside them must not hide that."""
    engine = ScriptedEngine(hashed_logprobs(40, spread=0.1, eos_logit=-99.0))
    found = findings(engine, strategy="percentile", percentile=0.0, max_sequences=2, max_new_tokens=30)
    assert found["length_limit"].what.startswith("2 of 2 sequences hit")
