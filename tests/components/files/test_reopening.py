"""A saved run is opened and run again: the same tree, or a sentence that says why not."""

import asyncio
import json
from dataclasses import astuple, replace
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings

from components.files.opening import reopen
from components.frame.controls import Controls
from components.frame.notices import DEFAULT_MODEL_ID
from components.visitors.engines import Engines
from components.visitors.handlers import RunHandlers
from eager_core import Exploration, Settings
from eager_core.by_hand import HandBranch
from eager_core.events import RunStarted
from eager_core.models.packaged import DEFAULT_MODEL_NAME
from eager_core.traces import save_trace
from tests.components.files.files_of import files_of
from tests.core.some_runs import any_settings
from tests.scripted_engine import ScriptedEngine, hashed_logprobs

ME = SimpleNamespace(session_hash="me")
PRESS = SimpleNamespace(request=1)
EVERY_SETTING = Settings(
    theta=1.25, max_sequences=5, temperature=0.75, top_p=0.875, max_new_tokens=9, strategy="percentile",
    entropy_of="sampling", cap="active", dynamic_threshold=False, percentile=0.5, num_candidate_branches=3,
)  # fmt: skip


class NamedEngine(ScriptedEngine):
    def __init__(self, name: str) -> None:
        super().__init__(hashed_logprobs(40))
        self.model_name = name


def saved_run(path, engine: ScriptedEngine, settings: Settings = EVERY_SETTING, seed: int = 11, by_hand=()):
    """Write a run's trace; return its tree."""
    exploration = Exploration(engine, "a prompt", seed, "2025-06-07")
    list(exploration.run(settings, by_hand=by_hand))
    save_trace(exploration.tree, path)
    return exploration.tree


def open_and_run(handlers: RunHandlers, path) -> tuple[str, Controls]:
    """Open a trace, press Run with what the page holds then; return the note and the controls."""
    _, note, _, prompt, *controls = files_of(handlers).open_trace(str(path), ME, "typed", *astuple(Controls()))

    async def pressed():
        return [update async for update in handlers.run(prompt, ME, *controls)]

    asyncio.run(pressed())
    return note, Controls(*controls)


def the_same(tree, other) -> bool:
    return (list(tree.nodes()), tree.sequences, tree.forks, tree.started) == (
        list(other.nodes()), other.sequences, other.forks, other.started,
    )  # fmt: skip


def test_every_setting_differs_from_its_default():
    """Else the tests here could not see that one is lost."""
    ignored = {"measure"}  # another one than the default excludes entropy_of "sampling"
    for name, value in vars(EVERY_SETTING).items():
        assert name in ignored or value != getattr(Settings(), name), name


@pytest.mark.parametrize("settings", [EVERY_SETTING, replace(EVERY_SETTING, entropy_of="model", measure="varentropy")])
def test_run_gives_the_opened_tree_again_with_its_branches_by_hand(settings, tmp_path):
    engine = NamedEngine("some/model")
    branches = (HandBranch((), 33), HandBranch((), 34))
    tree = saved_run(tmp_path / "t.json", engine, settings, by_hand=branches)
    handlers = RunHandlers(Engines(lambda name, precision: {"some/model": engine}[name]))
    _, controls = open_and_run(handlers, tmp_path / "t.json")
    session = handlers.visitors.session("me")
    assert session.shown.exploration is not None and the_same(session.tree, tree)
    assert controls.model == "some/model" and controls.settings() == settings
    assert (controls.seed, controls.date) == (11, "2025-06-07")


@hypothesis_settings(max_examples=60, deadline=None)
@given(any_settings)
def test_the_controls_hold_whatever_a_trace_was_made_with(settings):
    started = RunStarted(DEFAULT_MODEL_ID, "p", settings, 3)
    reopened = reopen(started, Controls(), Engines(lambda *_: None))
    assert reopened.controls.settings() == reopened.asked.settings == settings
    assert (reopened.controls.seed, reopened.asked.seed, reopened.asked.prompt) == (3, 3, "p")


def test_a_branch_by_hand_of_an_opened_trace_can_be_taken_back(tmp_path):
    engine = NamedEngine("some/model")
    plain = saved_run(tmp_path / "plain.json", engine)
    saved_run(tmp_path / "t.json", engine, by_hand=(HandBranch((), 33),))
    handlers = RunHandlers(Engines(lambda name, precision: engine))
    updates = files_of(handlers).open_trace(str(tmp_path / "t.json"), ME, "", *astuple(Controls()))
    assert json.loads(updates[2])["num_by_hand"] == 1

    async def pressed():
        return [update async for update in handlers.undo(PRESS, ME)]

    asyncio.run(pressed())
    assert the_same(handlers.visitors.session("me").tree, plain)


def loaded_engines(**names: str) -> Engines:
    """Return engines of these names, loaded as they were typed."""
    engines = Engines(lambda name, precision: NamedEngine(names[name]))
    for typed in names:
        engines.request(typed).result(timeout=120)
    return engines


@pytest.mark.parametrize(
    ("recorded", "present", "model", "note"),
    [
        (DEFAULT_MODEL_ID, "", "", ""),
        (DEFAULT_MODEL_ID, "a/b", "", ""),  # the packaged one is always here
        ("folder", "", "loaded", ""),  # loaded under another name: a path, say
        ("here.gguf", "/models/here.gguf", "/models/here.gguf", ""),  # named by the page, and not loaded yet
        ("owner/name", "", "owner/name", "Recorded with owner/name, which Run will load first."),
        (
            "other-folder", "", "",
            "Recorded with other-folder, which is not available here, so Run will use SmolLM2-135M-Instruct, "
            "without the branches by hand.",
        ),
        (
            "", "a/b", "a/b",
            "Recorded with an unnamed model, which is not available here, so Run will use b, without the branches by "
            "hand.",
        ),
        (
            "../x/y", "", "",
            "Recorded with ../x/y, which is not available here, so Run will use SmolLM2-135M-Instruct, without the "
            "branches by hand.",
        ),
    ],
)  # fmt: skip
def test_the_traces_model_is_taken_over_or_it_is_said_which_one_stands_in(recorded, present, model, note):
    branches = (HandBranch((), 3),)
    started = RunStarted(recorded, "p", Settings(), 0, branches)
    reopened = reopen(started, Controls(model=present, precision="float32"), loaded_engines(loaded="folder"))
    assert (reopened.controls.model, reopened.note) == (model, note)
    assert (reopened.asked.model, reopened.asked.precision) == (model, "float32")
    # Token ids mean nothing to another model.
    assert reopened.asked.by_hand == (() if "not available" in note else branches)


def test_the_packaged_models_name_is_the_one_that_traces_have():
    assert DEFAULT_MODEL_ID == DEFAULT_MODEL_NAME


def test_another_prompt_or_seed_leaves_the_branches_by_hand_of_a_trace_behind(tmp_path):
    engine = NamedEngine("some/model")
    saved_run(tmp_path / "t.json", engine, by_hand=(HandBranch((), 33),))
    handlers = RunHandlers(Engines(lambda name, precision: engine))
    _, _, _, prompt, *controls = files_of(handlers).open_trace(str(tmp_path / "t.json"), ME, "", *astuple(Controls()))

    async def pressed():
        return [update async for update in handlers.run(prompt + "!", ME, *controls)]

    asyncio.run(pressed())
    assert handlers.visitors.session("me").by_hand == ()
