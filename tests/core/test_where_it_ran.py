"""In what a run was computed, and where: told in its trace and its event log, and nothing is made up where not."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from eager_core import Exploration, Settings, TraceError
from eager_core.events import event_from_json, event_to_json
from eager_core.traces import events_from_json, load_trace, trace_from_json, trace_of, trace_to_json
from eager_core.tree import fold
from tests.scripted_engine import ScriptedEngine, hashed_logprobs


def run(precision="bfloat16", device="cuda:0"):
    engine = ScriptedEngine(hashed_logprobs(30))
    engine.precision, engine.device = precision, device
    return list(Exploration(engine, "p").run(Settings(max_new_tokens=3)))


def test_a_trace_and_the_event_log_tell_it():
    events = run()
    trace = trace_of(fold(events))
    assert (trace["precision"], trace["device"]) == ("bfloat16", "cuda:0")
    assert events_from_json(trace_to_json(trace))[0] == events[0]
    assert event_from_json(json.loads(json.dumps(event_to_json(events[0])))) == events[0]


def test_what_is_not_known_is_left_out():
    events = run()
    events[0] = replace(events[0], precision=None, device=None)
    trace = trace_of(fold(events))
    assert not {"precision", "device"} & (trace.keys() | event_to_json(events[0]).keys())
    assert trace_from_json(trace_to_json(trace)) == fold(events)


def test_a_trace_of_an_earlier_version_opens_and_stays_as_it_was():
    old = load_trace(Path(__file__).parents[1] / "data" / "trace_schema_1.json")
    assert (old.started.precision, old.started.device) == (None, None)
    assert not {"precision", "device"} & trace_of(old).keys()


@pytest.mark.parametrize("key", ["precision", "device"])
@pytest.mark.parametrize("value", [7, None, ["cpu"]])
def test_a_broken_one_is_refused_in_words(key, value):
    trace = trace_of(fold(run())) | {key: value}
    with pytest.raises(TraceError, match=key):
        events_from_json(trace_to_json(trace))
