"""Where less than the model's context can be used, it is said with every run: events, trace, terminal, page."""

import json

import pytest

from components.frame.notices import engine_html
from components.tree.growth import Growth
from eager_core import Exploration, Settings
from eager_core.context_cap import ContextCap
from eager_core.errors import TraceError
from eager_core.events import event_from_json, event_to_json
from eager_core.terminal.picture import ledger_line
from eager_core.traces import events_from_json, trace_of, trace_to_json
from eager_core.tree import fold
from tests.scripted_engine import ScriptedEngine, hashed_logprobs

CAP = ContextCap(8192, 131_072, "memory")
SENTENCE = "context 8,192 of 131,072: memory"


def run(is_capped):
    engine = ScriptedEngine(hashed_logprobs(30), context_length=8192)
    if is_capped:
        engine.model_context_length, engine.context_limited_by = 131_072, "memory"
    exploration = Exploration(engine, "Hi")
    return engine, exploration.tree, list(exploration.run(Settings(theta=1.0, max_new_tokens=5)))


def start_told(events):
    growth = Growth(1)
    growth.take(events)
    return json.loads(growth.delta())["start"]


def test_it_is_said_in_the_terminal_and_on_the_page():
    engine, _, events = run(is_capped=True)
    assert SENTENCE in str(ledger_line(fold(events)))
    assert SENTENCE in engine_html(engine)
    assert start_told(events)["context"] == "8,192 of 131,072: memory"


def test_nothing_is_said_where_the_whole_context_can_be_used():
    engine, _, events = run(is_capped=False)
    assert "context" not in str(ledger_line(fold(events)))
    assert "context" not in engine_html(engine)
    assert "context" not in start_told(events)
    assert "context_cap" not in trace_of(fold(events)) and "context_cap" not in event_to_json(events[0])


def test_a_trace_and_the_event_log_keep_it():
    _, _, events = run(is_capped=True)
    assert events[0].context_cap == CAP
    text = trace_to_json(trace_of(fold(events)))
    reopened = fold(events_from_json(text))
    assert reopened.started.context_cap == CAP
    assert SENTENCE in str(ledger_line(reopened))
    assert event_from_json(json.loads(json.dumps(event_to_json(events[0])))) == events[0]


@pytest.mark.parametrize("cap", [7, [], {}, {"length": -1, "model_length": 3, "limited_by": "memory"}, None,
                                 {"length": 1, "model_length": 3, "limited_by": "mood"}])  # fmt: skip
def test_a_broken_one_is_refused_in_words(cap):
    _, _, events = run(is_capped=True)
    trace = trace_of(fold(events)) | {"context_cap": cap}
    with pytest.raises(TraceError, match="context_cap"):
        events_from_json(trace_to_json(trace))
