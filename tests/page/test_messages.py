"""What Python tells the page is what the page's types say it is (assets/page/messages.d.ts): real messages, checked.

Every message is written into a TypeScript file as a literal of its type, so a field that is missing, unknown or of
another type is an error; and every field that a type names is in one of them, so none is left that nobody tells.
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest
from playwright._impl._driver import compute_driver_executable

from components.comparing import telling
from components.comparing.pinning import pinned
from components.experiments.report import Report, Step
from components.files.download import download
from components.inspector.inspection import inspect, told_of_node
from components.page_facts import PAGE_FACTS
from components.sweeps.handlers import told_choice
from components.sweeps.report import Report as SweepReport
from components.sweeps.report import Step as SweepStep
from components.sweeps.trial import Chosen
from components.tree.drawing import Drawing
from components.tree.growth import Growth, Known
from components.visitors.answers import told_ghost, told_node
from components.visitors.asking import Asked
from components.visitors.session import Session, Shown
from components.what_if.looking_ahead import LookingAhead
from components.what_if.news import message
from eager_core import Exploration, Settings
from eager_core.calibration import Goal, choose, curve_of
from eager_core.context_cap import ContextCap
from eager_core.diagnosis import Finding
from eager_core.events import RunStarted
from eager_core.experiment import Experiment, Plan
from eager_core.sweeps import PromptFinished, Sweep, SweepPlan, pilots_of
from tests.experiment.tiny_tasks import tiny_engine, tiny_tasks
from tests.scripted_engine import ScriptedEngine, hashed_logprobs

ROOT = Path(__file__).resolve().parents[2]
TYPES = ROOT / "assets" / "page" / "messages.d.ts"
PLOTLY = ROOT / "assets" / "page" / "plotly.d.ts"
TSC = Path(sys.prefix) / "js-tools" / "typescript" / "package" / "lib" / "tsc.js"
SETTINGS = Settings(theta=1.0, max_sequences=4, max_new_tokens=10)


def deltas_of_trees() -> Iterator[dict]:
    """Two runs of one exploration, as they grow, one of them with less than the model's context, and caught up with."""
    exploration, drawing = Exploration(ScriptedEngine(hashed_logprobs(20)), "hello"), Drawing()
    for run, theta in enumerate((1.0, 1.6), start=1):
        growth = Growth(run, drawing)
        for event in exploration.run(replace(SETTINGS, theta=theta)):
            if isinstance(event, RunStarted) and run == 2:
                event = replace(event, context_cap=ContextCap(8192, 131072, "memory"))
            growth.take([event])
            yield json.loads(growth.delta())
        yield json.loads(growth.catch_up(Known(0, 0, 0, 0, 7)))


def delta_of_a_judged_tree() -> dict:
    growth = Growth(1)
    growth.take(Exploration(ScriptedEngine(hashed_logprobs(20)), "hello").run(SETTINGS))
    growth.judge({sequence.leaf: sequence.id % 2 == 0 for sequence in growth.tree.sequences})
    return json.loads(growth.delta())


def told_of_nodes() -> Iterator[dict]:
    exploration = Exploration(ScriptedEngine(hashed_logprobs(20)), "hello")
    growth = Growth(1)
    growth.take(exploration.run(SETTINGS))
    tree = growth.snapshot()
    for node in list(tree.nodes())[:12]:
        yield told_of_node(tree, node)
        yield inspect(tree, node.id, exploration)


def told() -> Iterator[dict]:
    """What the inspector is told: of nodes, and of ghosts."""
    exploration, drawing = Exploration(ScriptedEngine(hashed_logprobs(20)), "hello"), Drawing()
    for run, theta in enumerate((0.5, 2.5), start=1):
        growth = Growth(run, drawing)
        growth.take(exploration.run(replace(SETTINGS, theta=theta)))
    shown = Shown(growth, None, exploration)
    yield from (json.loads(told_node(shown, growth.snapshot(), node, 3)) for node in range(4))
    yield json.loads(told_ghost(shown, drawing.num_places - 1, 4))


def news_of_sliders() -> Iterator[dict]:
    exploration = Exploration(ScriptedEngine(hashed_logprobs(20)), "hello")
    list(exploration.run(SETTINGS))
    ahead = LookingAhead(exploration, SETTINGS, (), True, lambda: False, pause_s=0)
    yield from (json.loads(message(1, number, [news])) for number, news in enumerate(ahead.news(), start=1))


def news_of_two() -> Iterator[dict]:
    """A pinned tree, then another run beside it, then none."""
    session, engine = Session(), Future()
    engine.set_result(ScriptedEngine(hashed_logprobs(20)))
    for theta in (1.0, 1.6):
        asked = Asked("hello", 0, replace(SETTINGS, theta=theta))
        list(session.walk(session.begin(asked), asked, engine))
        if session.pinned is None:
            session.pin(pinned(session.shown))
            yield json.loads(telling.told(session, 0))
    yield json.loads(telling.told(session, session.pinned.run))
    session.pin(None)
    yield json.loads(telling.told(session, 0))


def deltas_of_experiments() -> Iterator[dict]:
    plan = Plan(Settings(theta=1.2, max_sequences=3, temperature=1.0, max_new_tokens=6))
    experiment = Experiment(tiny_engine(), tiny_tasks(3), plan)
    report = Report(1, experiment.tasks, plan, "scripted")
    for number, progress in enumerate(experiment.run()):
        told = json.loads(report.told([Step(progress)]))
        if number % 20 == 0:
            yield told
    yield json.loads(report.told([Step(None, experiment.results())]))
    yield json.loads(report.ended("done"))
    yield json.loads(report.snapshot())


def deltas_of_sweeps() -> Iterator[dict]:
    plan = SweepPlan(Settings(temperature=1.0, max_new_tokens=6), thetas=(1.0, 1.5), max_sequences=(1, 3))
    sweep = Sweep(tiny_engine(), tiny_tasks(2), plan)
    report = SweepReport(1, sweep.tasks, plan, "scripted")
    for progress in sweep.run():
        yield json.loads(report.told([SweepStep(progress, sweep.results() if sweep.num_done else None)]))
    yield json.loads(report.ended("done"))
    yield json.loads(report.snapshot())


def calibrated() -> Iterator[dict]:
    plan = SweepPlan(Settings(temperature=1.0, max_new_tokens=6), thetas=(0.5, 1.0, 1.5), max_sequences=(3,))
    sweep = Sweep(tiny_engine(), tiny_tasks(3), plan)
    records = [progress.record for progress in sweep.run() if isinstance(progress, PromptFinished)]
    pilots = pilots_of(plan, records, 3)
    reached = curve_of(pilots, Goal("sequences", 1))[1][1]
    for goal in (Goal("pass_at_k", 0.5), Goal("sequences", reached)):
        calibration = choose(pilots, goal)
        yield told_choice(Chosen(goal, "tiny", calibration.curve, calibration))
    yield told_choice(Chosen(goal, "tiny", calibration.curve, None, "None reaches it."))


MESSAGES: dict[str, Any] = {
    "Facts": lambda: [PAGE_FACTS],
    "TreeDelta": lambda: [delta_of_a_judged_tree(), *deltas_of_trees()],
    "ToldOfNode": lambda: list(told_of_nodes()),
    "Told": lambda: list(told()),
    "Diagnosis": lambda: [{"run": 1, "findings": [asdict(Finding("spent", "what", "remedy", (1, 2)))]}],
    "ComparingNews": lambda: list(news_of_two()),
    "WhatIfNews": lambda: list(news_of_sliders()),
    "Saved": lambda: [json.loads(download("eager-tree.json", "{}"))],
    "ExperimentDelta": lambda: list(deltas_of_experiments()),
    "SweepDelta": lambda: list(deltas_of_sweeps()),
    "Calibrated": lambda: list(calibrated()),
    "Offer": lambda: [{"theta": 2.1, "title": "θ 2.1 was chosen"}, {"theta": None, "title": ""}],
}


def keys_in(value: object) -> set[str]:
    if isinstance(value, dict):
        return set(value).union(*map(keys_in, value.values()))
    return set().union(*map(keys_in, value)) if isinstance(value, list | tuple) else set()


@pytest.fixture(scope="module")
def messages() -> dict[str, list]:
    return {name: json.loads(json.dumps(made())) for name, made in MESSAGES.items()}


def checked(folder: Path, messages: dict[str, list]) -> str:
    """Return what the type checker says of messages; empty if they are what the types say."""
    if not TSC.exists():
        message = "TypeScript is not installed; scripts/ensure-js-tools installs it."
        pytest.fail(message) if os.environ.get("CI") else pytest.skip(message)
    lines = [f'import type {{ {", ".join(messages)} }} from "{TYPES.as_posix()}";']
    for name, values in messages.items():
        for number, value in enumerate(values):
            lines.append(f"export const {name.lower()}{number}: {name} = {json.dumps(value)};")
    file = folder / "messages.ts"
    file.write_text("\n".join(lines), encoding="utf-8")
    node, _ = compute_driver_executable()
    command = [node, str(TSC), "--strict", "--noEmit", "--target", "ES2023", "--module", "ES2022", "--skipLibCheck"]
    command += ["--moduleResolution", "bundler", "--ignoreConfig", "--allowImportingTsExtensions"]
    command += [str(file), str(PLOTLY)]
    return subprocess.run(command, capture_output=True, text=True, timeout=300).stdout


def test_real_messages_are_what_the_types_say(messages, tmp_path):
    assert all(len(values) > 0 for values in messages.values())
    assert checked(tmp_path, messages) == ""


@pytest.mark.parametrize(
    ("name", "harm"),
    [
        ("TreeDelta", lambda delta: delta.pop("w")),
        ("TreeDelta", lambda delta: delta.update(q=1)),
        ("TreeDelta", lambda delta: delta.update(done=[[0, "bored"]])),
        ("ToldOfNode", lambda told: told.pop("why")),
        ("ToldOfNode", lambda told: told.update(gauge={"label": "entropy"})),
        ("ExperimentDelta", lambda delta: delta["progress"].update(share="half")),
    ],
)
def test_a_message_that_is_otherwise_is_noticed(messages, tmp_path, name, harm):
    message = json.loads(json.dumps(messages[name][-1]))
    harm(message)
    assert re.match(r".*messages\.ts\(2,\d+\): error TS2", checked(tmp_path, {name: [message]}))


def test_every_field_that_a_type_names_is_told_by_somebody(messages):
    names = set(re.findall(r"^  (\w+)\??:", TYPES.read_text(encoding="utf-8"), re.MULTILINE))
    assert names - keys_in(messages) == set()
