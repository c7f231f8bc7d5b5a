"""The endpoint /run, called over HTTP by the client library that users have."""

from dataclasses import asdict, fields

import pytest
from gradio_client import Client
from gradio_client.exceptions import AppError

import app
from components.frame.controls import Controls
from components.visitors.engines import Engines
from eager_core import Exploration, Settings
from eager_core.traces import trace_of
from tests.scripted_engine import ScriptedEngine, hashed_logprobs

ASKED = {"theta": 1.2, "max_sequences": 5, "max_new_tokens": 12}


@pytest.fixture(scope="module")
def engine():
    return ScriptedEngine(hashed_logprobs(40))


@pytest.fixture(scope="module")
def client(engine):
    page = app.build_page(Engines(lambda name, precision: engine))
    page.launch(prevent_thread_lock=True, quiet=True)
    yield Client(page.local_url, verbose=False)
    page.close()


def test_a_call_by_name_gives_the_trace_that_the_library_gives(client, engine):
    trace = client.predict("hello", **ASKED, seed=3, api_name="/run")
    exploration = Exploration(engine, "hello", seed=3)
    list(exploration.run(Settings(**ASKED)))
    expected = trace_of(exploration.tree)
    assert trace["nodes"] == expected["nodes"] and trace["forks"] == expected["forks"]
    assert trace["settings"] | ASKED == trace["settings"] and trace["is_finished"]


def test_parameters_are_named_as_in_settings_and_have_their_defaults(client):
    (name,) = client.view_api(return_format="dict", print_info=False)["named_endpoints"]
    parameters = client.view_api(return_format="dict", print_info=False)["named_endpoints"][name]["parameters"]
    told = {parameter["parameter_name"]: parameter["parameter_default"] for parameter in parameters[1:]}
    assert name == "/run" and parameters[0]["parameter_name"] == "prompt"
    assert told == asdict(Controls()) and list(told) == [field.name for field in fields(Controls)]


def test_a_run_tells_how_far_it_is_and_ends_in_its_trace(client):
    job = client.submit("hello", **ASKED, api_name="/run")
    job.result()
    *progress, trace = job.outputs()
    assert all(not update["is_finished"] for update in progress) and trace["is_finished"]


@pytest.mark.parametrize(
    ("prompt", "asked", "words"),
    [
        (" ", {}, "The prompt is empty"),
        ("hi", {"theta": -1}, "theta is -1"),
        ("hi", {"max_sequences": 0}, "max_sequences"),
        ("hi", {"strategy": "best"}, "strategy is 'best'"),
        ("hi", {"date": "tomorrow"}, "date"),
        ("hi", {"theta": None}, "theta is empty"),
        ("hi", {"max_sequences": 2.5}, "max_sequences"),
        ("hi", {"model": 7}, "model is 7, but must be text"),
        ("hi", {"theta": "high"}, "theta is 'high', but must be a number"),
        ("hi", {"seed": [1]}, "seed is"),
        ("hi", {"dynamic_threshold": 1}, "dynamic_threshold is 1, but must be true or false"),
        (7, {}, "prompt is 7, but must be text"),
    ],
)
def test_what_is_refused_is_refused_in_a_sentence(client, prompt, asked, words):
    with pytest.raises(AppError, match=words):
        client.predict(prompt, **asked, api_name="/run")


def test_nothing_else_is_reachable_by_name(client):
    for name in ("/stop", "/load", "/inspect", "/save_trace", "/open_trace", "/run_1", "/upload", "/greet"):
        with pytest.raises(ValueError, match="Cannot find a function"):
            client.predict(api_name=name)
