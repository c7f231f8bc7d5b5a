"""Many prompts: the stages add up, go on where they were stopped, and give the same table each time."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eager_core import Settings, SettingsError, TraceError
from eager_core.experiment import (
    AllocationMade,
    Experiment,
    Grew,
    Plan,
    PromptFinished,
    PromptRecord,
    PromptStarted,
    ResultsFolder,
    StageFinished,
    StageStarted,
)
from eager_core.experiment.records import num_distinct_tokens
from tests.experiment.tiny_tasks import tiny_engine, tiny_tasks

STAGES = ("parallel", "init", "adapt", "full", "plain", "card")


def plan(**changes) -> Plan:
    run_settings = Settings(theta=1.2, max_sequences=4, temperature=1.0, max_new_tokens=8)
    return Plan(**{"settings": run_settings, "stages": STAGES, **changes})


def without_time(results: dict) -> dict:
    """What must be the same after an interruption; passes and seconds are of the work really done."""
    for row in results["stages"].values():
        row.pop("seconds"), row.pop("forward_passes")
    return results


def finished(experiment: Experiment) -> Experiment:
    list(experiment.run())
    return experiment


@given(st.lists(st.lists(st.integers(0, 3), max_size=5).map(tuple), max_size=12))
def test_distinct_tokens_are_the_prefixes(paths):
    prefixes = {path[:end] for path in paths for end in range(1, len(path) + 1)}
    assert num_distinct_tokens(paths) == len(prefixes)


@settings(max_examples=25, deadline=None)
@given(
    theta=st.sampled_from([0.5, 1.2, 1.8, 2.5]),
    max_sequences=st.integers(1, 6),
    rules=st.sampled_from(["paper", "reference"]),
    strategy=st.sampled_from(["paper", "reference", "percentile"]),
    seed=st.integers(0, 5),
)
def test_the_stages_add_up(theta, max_sequences, rules, strategy, seed):
    run_settings = Settings(
        theta=theta, max_sequences=max_sequences, strategy=strategy, temperature=1.0, max_new_tokens=7
    )
    experiment = finished(Experiment(tiny_engine(), tiny_tasks(5), Plan(run_settings, STAGES, rules, seed)))
    init = experiment.records["init"]
    for stage in ("adapt", "full"):
        allocation = experiment.allocations[stage]
        extra = {grant.prompt: grant.num_extra for grant in allocation.grants}
        assert allocation.num_used == sum(len(record.sequences) for record in init)
        for before, after in zip(init, experiment.records[stage], strict=True):
            # What stage 1 gave is kept, and nobody has more than M and what was granted.
            assert after.sequences[: len(before.sequences)] == before.sequences
            assert len(after.sequences) <= max(len(before.sequences), max_sequences + extra.get(before.number, 0))
            assert after.num_tokens >= before.num_tokens and after.is_solved >= before.is_solved
            if not extra.get(before.number):
                assert (after.sequences, after.num_tokens) == (before.sequences, before.num_tokens)
            if stage == "full" and before.is_solved:
                assert after.sequences == before.sequences
    for record in experiment.records["parallel"]:
        assert record.num_tokens == sum(len(sequence.token_ids) for sequence in record.sequences)
        assert len(record.sequences) == max_sequences
    for stage in ("init", "adapt", "full", "plain", "card"):
        for record in experiment.records[stage]:
            paths = [*(sequence.token_ids for sequence in record.sequences), *record.others]
            assert record.num_tokens == num_distinct_tokens(paths)
            assert PromptRecord.from_json(json.dumps(record.to_json())) == record
    card = experiment.allocations["card"].num_sequences
    assert all(len(record.sequences) <= most for record, most in zip(experiment.records["card"], card, strict=True))


def test_reruns_pay_only_for_new_nodes():
    experiment = Experiment(tiny_engine(), tiny_tasks(), plan(stages=("init", "adapt")))
    num_known: dict[int, int] = {}
    for told in experiment.run():
        if isinstance(told, PromptFinished) and told.tree is not None:
            knowledge = experiment._explorations.of((False, told.number), told.record.prompt).knowledge
            predicted = [node.index for node in knowledge._memory.predicted]
            assert len(predicted) == len(set(predicted))
            if told.stage == "adapt":
                added = told.record.num_tokens - experiment.records["init"][told.number].num_tokens
                assert added == len(knowledge.nodes) - num_known[told.number]
            num_known[told.number] = len(knowledge.nodes)
    assert any(grant.num_extra for grant in experiment.allocations["adapt"].grants)


def test_what_it_tells_and_the_results():
    told = list(Experiment(tiny_engine(), tiny_tasks(3), plan(stages=("full", "parallel"))).run())
    assert [event.stage for event in told if isinstance(event, StageStarted)] == ["parallel", "init", "full"]
    assert sum(isinstance(event, PromptFinished) for event in told) == 9
    assert sum(isinstance(event, StageFinished) for event in told) == 3
    (allocated,) = (event for event in told if isinstance(event, AllocationMade))
    assert allocated.allocation.num_prompts == 3
    assert any(isinstance(event, Grew) for event in told)
    results = finished(Experiment(tiny_engine(), tiny_tasks(3), plan(stages=("full", "parallel")))).results()
    assert list(results["stages"]) == ["parallel", "init", "full"]
    assert results["stages"]["parallel"]["saved_fraction"]["value"] == 0
    curve = results["pass_at_k_against_tokens"]["init"]
    assert curve[-1] == [results["stages"]["init"]["num_tokens"], results["stages"]["init"]["pass_at_k"]["value"]]
    assert curve == sorted(curve)
    assert json.loads(json.dumps(results, allow_nan=False))


def test_the_same_run_twice_gives_the_same_table():
    first, second = (finished(Experiment(tiny_engine(), tiny_tasks(), plan())).results() for _ in range(2))
    assert without_time(first) == without_time(second)


@pytest.mark.parametrize("num_told", [1, 40, 200, 700])
def test_stopping_keeps_what_is_done_and_goes_on(tmp_path, num_told):
    whole = finished(Experiment(tiny_engine(), tiny_tasks(), plan())).results()
    asked = iter(range(10**9))
    first = Experiment(tiny_engine(), tiny_tasks(), plan(), ResultsFolder(tmp_path))
    done = [t for t in first.run(lambda: next(asked) > num_told) if isinstance(t, PromptFinished)]
    second = Experiment(tiny_engine(), tiny_tasks(), plan(), ResultsFolder(tmp_path))
    told = list(second.run())
    again = {(t.stage, t.number) for t in told if isinstance(t, PromptStarted)}
    assert not again & {(t.stage, t.number) for t in done}
    assert without_time(second.results()) == without_time(whole)
    assert without_time(json.loads((tmp_path / "results.json").read_text())) == json.loads(
        json.dumps(without_time(second.results()))
    )


SLOW_RUN = """
import sys, time
from eager_core.experiment import Experiment, Grew, PromptStarted, ResultsFolder
from tests.experiment.test_experiment import plan
from tests.experiment.tiny_tasks import tiny_engine, tiny_tasks
for told in Experiment(tiny_engine(), tiny_tasks(), plan(), ResultsFolder(sys.argv[1])).run():
    if isinstance(told, PromptStarted):
        print(told.stage, told.number, flush=True)
    if isinstance(told, Grew):
        time.sleep(0.002)
"""


def test_killed_in_the_middle_nothing_is_lost_or_done_twice(tmp_path):
    whole = without_time(finished(Experiment(tiny_engine(), tiny_tasks(), plan())).results())
    done: set[str] = set()
    for num_lines in (3, 9, 8, 10**6):
        process = subprocess.Popen(
            [sys.executable, "-c", SLOW_RUN, str(tmp_path)],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": os.getcwd()},
        )
        begun = []
        for line in process.stdout:
            begun.append(f"{line.split()[0]}-{int(line.split()[1]):04d}")
            if len(begun) == num_lines:
                time.sleep(0.01)
                process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
        assert not done & set(begun) and len(begun) == len(set(begun))
        done = {file.stem for file in (tmp_path / "records").glob("*.json")}
        assert done >= set(begun[:-1])
        for file in tmp_path.rglob("*.json"):
            json.loads(file.read_text(encoding="utf-8"))
    assert process.returncode == 0 and len(done) == len(STAGES) * 6
    assert without_time(json.loads((tmp_path / "results.json").read_text())) == json.loads(json.dumps(whole))


def test_a_folder_belongs_to_one_experiment_and_one_process(tmp_path):
    finished(Experiment(tiny_engine(), tiny_tasks(2), plan(stages=("init",)), ResultsFolder(tmp_path)))
    other = replace(plan(stages=("init",)), settings=Settings(theta=1.3))
    with pytest.raises(SettingsError, match="settings"):
        finished(Experiment(tiny_engine(), tiny_tasks(2), other, ResultsFolder(tmp_path)))
    with ResultsFolder(tmp_path), pytest.raises(SettingsError, match="in use"):
        finished(Experiment(tiny_engine(), tiny_tasks(2), plan(stages=("init",)), ResultsFolder(tmp_path)))
    # Another stage of the same experiment is welcome.
    finished(Experiment(tiny_engine(), tiny_tasks(2), plan(stages=("init", "full")), ResultsFolder(tmp_path)))
    (tmp_path / "records" / "init-0000.json").write_text("{")
    with pytest.raises(TraceError, match="delete it"):
        finished(Experiment(tiny_engine(), tiny_tasks(2), plan(stages=("init",)), ResultsFolder(tmp_path)))
    (tmp_path / "file").write_text("")
    with pytest.raises(SettingsError, match="can't be written"):
        finished(Experiment(tiny_engine(), tiny_tasks(2), plan(), ResultsFolder(tmp_path / "file" / "folder")))


@pytest.mark.parametrize(
    "changes",
    [
        {"stages": ()},
        {"stages": ("all",)},
        {"rules": "mine"},
        {"seed": -1},
        {"settings": Settings(max_sequences=300)},
        {"settings": Settings(strategy="greedy")},
    ],
)
def test_plans_are_refused(changes):
    with pytest.raises(SettingsError):
        plan(**changes)
