"""Results that cost what is new: the same numbers as counted the slow way, each record looked at once."""

import json
from dataclasses import asdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eager_core import Settings
from eager_core.experiment import Experiment, Plan, PromptFinished, ResultsFolder, results_of, tally
from eager_core.experiment.records import PromptRecord, SequenceRecord, num_distinct_tokens
from eager_core.grading import PromptScore, scores_of
from tests.experiment.test_experiment import STAGES, without_time
from tests.experiment.tiny_tasks import tiny_engine, tiny_tasks

SETTINGS = Settings(theta=1.2, max_sequences=4, temperature=1.0, max_new_tokens=6)


@st.composite
def records(draw, stage: str, number: int) -> PromptRecord:
    paths = draw(st.lists(st.lists(st.integers(0, 2), min_size=1, max_size=3).map(tuple), max_size=4))
    sequences = tuple(SequenceRecord(path, "", "a", draw(st.booleans()), "eos") for path in paths)
    num_tokens, is_right = draw(st.integers(1, 30)), draw(st.booleans())
    return PromptRecord(stage, number, f"t{number}", "p", "a", sequences, (), num_tokens, is_right, (), None, 2, 0.5)


@st.composite
def stages(draw) -> dict[str, list[PromptRecord]]:
    """Records as an experiment has them: all of some stages, the first ones of the last."""
    num_prompts = draw(st.integers(1, 4))
    names = draw(st.sampled_from([("parallel", "init", "full"), ("init", "adapt"), ("parallel",)]))
    num_last = draw(st.integers(0, num_prompts))
    counts = [num_prompts] * (len(names) - 1) + [num_last]
    return {n: [draw(records(n, number)) for number in range(count)] for n, count in zip(names, counts, strict=True)}


def slow_row(done: list[PromptRecord], baseline: list[PromptRecord] | None) -> dict:
    def score(record):
        num_correct = sum(sequence.is_correct for sequence in record.sequences)
        return PromptScore(record.num_tokens, len(record.sequences), num_correct, record.is_majority_correct)

    same = baseline[: len(done)] if baseline is not None and len(baseline) >= len(done) else None
    scores = scores_of([score(r) for r in done], None if same is None else [score(r) for r in same])
    num_sequences = sum(len(r.sequences) for r in done)
    return {
        **asdict(scores),
        "num_over_budget": max(0, num_sequences - SETTINGS.max_sequences * len(done)),
        "forward_passes": 2 * len(done),
        "seconds": 0.5 * len(done),
    }


def slow_curve(done: list[PromptRecord]) -> list[list[float]]:
    points = []
    for count in range(1, max(len(record.sequences) for record in done) + 1):
        tokens = solved = 0
        for record in done:
            paths = [sequence.token_ids for sequence in record.sequences[:count]]
            tokens += sum(map(len, paths)) if record.stage == "parallel" else num_distinct_tokens(paths)
            solved += any(sequence.is_correct for sequence in record.sequences[:count])
        points.append([tokens, solved / len(done)])
    return points


@settings(max_examples=60, deadline=None)
@given(stages())
def test_results_are_those_counted_the_slow_way(done):
    results = results_of("tasks", "model", SETTINGS, done, {})
    begun = {stage: stage_records for stage, stage_records in done.items() if stage_records}
    assert list(results["stages"]) == list(results["prompts"]) == list(begun)
    baseline = done.get("parallel")
    for stage, stage_records in begun.items():
        assert results["stages"][stage] == slow_row(stage_records, baseline)
        assert results["pass_at_k_against_tokens"][stage] == slow_curve(stage_records)
        for row, record in zip(results["prompts"][stage], stage_records, strict=True):
            full = baseline[record.number].num_tokens if baseline and record.number < len(baseline) else None
            assert row["saved_tokens"] == (None if full is None else full - record.num_tokens)
            assert row["num_correct"] == sum(sequence.is_correct for sequence in record.sequences)


def test_without_intervals_all_else_is_the_same():
    experiment = Experiment(tiny_engine(), tiny_tasks(4), Plan(SETTINGS, ("parallel", "init")))
    for told in experiment.run():
        if isinstance(told, PromptFinished):
            quick = experiment.results(intervals=False)
            whole = results_of("tiny", "scripted", SETTINGS, experiment.records, experiment.allocations)
            for stage, row in quick["stages"].items():
                for name, value in row.items():
                    expected = whole["stages"][stage][name]
                    if isinstance(value, dict):
                        assert value["value"] == expected["value"]
                        assert (value["low"], value["high"]) in ((None, None), (expected["low"], expected["high"]))
                    else:
                        assert value == expected
            assert (quick["prompts"], quick["allocations"]) == (whole["prompts"], whole["allocations"])


def test_each_record_is_looked_at_once_and_intervals_are_for_stage_ends(monkeypatch, tmp_path):
    """At 1,000 prompts the whole was computed 4,000 times, 2,000 resamples each."""
    looked_at, resampled, written = [], [], []
    costs, scores, save = tally._costs, tally.scores_of, ResultsFolder.save_results
    monkeypatch.setattr(tally, "_costs", lambda record: looked_at.append(record) or costs(record))
    monkeypatch.setattr(tally, "scores_of", lambda *told: (told[2] and resampled.append(told), scores(*told))[1])
    monkeypatch.setattr(ResultsFolder, "save_results", lambda self, told: written.append(told) or save(self, told))
    num_prompts, plan = 40, Plan(SETTINGS, ("parallel", "init"))
    experiment = Experiment(tiny_engine(), tiny_tasks(num_prompts), plan)
    for told in experiment.run():
        if isinstance(told, PromptFinished):
            experiment.results(intervals=False)
    experiment.results(), experiment.results()
    assert len(looked_at) == 2 * num_prompts and len(resampled) == 2
    looked_at.clear(), resampled.clear()
    list(Experiment(tiny_engine(), tiny_tasks(num_prompts), plan, ResultsFolder(tmp_path)).run())
    # 8, 10, 12.5, ... records and the two ends: so many summaries that all of them together are O(records).
    sizes = [sum(map(len, results["prompts"].values())) for results in written]
    assert len(looked_at) == 2 * num_prompts and sum(sizes) <= 8 * 2 * num_prompts
    assert len(resampled) <= 2 * len(written)


@pytest.mark.parametrize("num_told", [0, 3, 11, 30, 90, 150, 300, 10**6])
@pytest.mark.parametrize("how", ["stop", "close"])
def test_the_summary_in_the_folder_is_right_however_the_experiment_ends(tmp_path, num_told, how):
    asked = iter(range(10**9))
    experiment = Experiment(tiny_engine(), tiny_tasks(5), Plan(SETTINGS, STAGES), ResultsFolder(tmp_path))
    if how == "stop":
        list(experiment.run(lambda: next(asked) > num_told))
    else:
        events = experiment.run()
        for _, _told in zip(range(num_told), events, strict=False):
            pass
        events.close()
    if not any(experiment.records.values()) and not (tmp_path / "results.json").exists():
        return
    written = json.loads((tmp_path / "results.json").read_text())
    assert written == json.loads(json.dumps(experiment.results()))
    again = Experiment(tiny_engine(), tiny_tasks(5), Plan(SETTINGS, STAGES), ResultsFolder(tmp_path))
    list(again.run())
    whole = Experiment(tiny_engine(), tiny_tasks(5), Plan(SETTINGS, STAGES))
    list(whole.run())
    assert without_time(again.results()) == without_time(whole.results())
