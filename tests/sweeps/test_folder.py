"""A sweep's folder: killed at any moment, gone on with; refused to another sweep; as JSON and as CSV."""

import csv
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eager_core import Settings, SettingsError, TraceError
from eager_core.experiment import Experiment, Plan, ResultsFolder
from eager_core.grading import Task, TaskSet
from eager_core.sweeps import PromptFinished, PromptStarted, Sweep, SweepFolder, SweepPlan
from eager_core.sweeps.csv_tables import csv_of
from tests.experiment.tiny_tasks import tiny_engine, tiny_tasks
from tests.sweeps.twin import record_without_time, without_time

PLAN = SweepPlan(Settings(temperature=1.0, max_new_tokens=6), (0.5, 1.5), (2, 4))
TASKS = 4


def sweep_in(folder, plan=PLAN, tasks=None):
    return Sweep(tiny_engine(), tasks or tiny_tasks(TASKS), plan, SweepFolder(folder))


def finished(folder, **others):
    sweep = sweep_in(folder, **others)
    started = [told.number for told in sweep.run() if isinstance(told, PromptStarted)]
    return sweep, started


def read(file):
    return json.loads(file.read_text(encoding="utf-8"))


def records_in(folder):
    return list(SweepFolder(folder).load(tiny_tasks(TASKS).tasks, PLAN.walks))


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    folder = tmp_path_factory.mktemp("whole")
    sweep, started = finished(folder)
    assert started == list(range(TASKS)) and sweep.is_whole
    return folder


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_killed_at_any_byte_and_gone_on_with(whole, tmp_path_factory, data):
    """What a kill leaves is a beginning of the file: between two records, or inside one."""
    written = (whole / "records.jsonl").read_bytes()
    ends = [place + 1 for place, byte in enumerate(written) if byte == ord("\n")]
    cut = data.draw(st.one_of(st.sampled_from([0, *ends]), st.integers(0, len(written))))
    folder = tmp_path_factory.mktemp("killed")
    (folder / "sweep.json").write_bytes((whole / "sweep.json").read_bytes())
    (folder / "records.jsonl").write_bytes(written[:cut])
    sweep, started = finished(folder)
    assert started == list(range(sum(end <= cut for end in ends), TASKS))
    assert without_time(sweep.results()) == without_time(read(whole / "results.json"))
    assert list(map(record_without_time, records_in(folder))) == list(map(record_without_time, records_in(whole)))
    for name in ("table.csv", "prompts.csv"):
        assert (folder / name).read_bytes() == (whole / name).read_bytes()


def test_a_last_line_of_zeros_is_torn_too(whole, tmp_path):
    (tmp_path / "sweep.json").write_bytes((whole / "sweep.json").read_bytes())
    lines = (whole / "records.jsonl").read_bytes().splitlines(keepends=True)
    (tmp_path / "records.jsonl").write_bytes(lines[0] + b"\0" * 500)
    assert finished(tmp_path)[1] == [1, 2, 3]


def test_a_finished_sweep_walks_nothing_and_a_missing_line_is_made_again(whole, tmp_path):
    for name in ("sweep.json", "records.jsonl"):
        (tmp_path / name).write_bytes((whole / name).read_bytes())
    assert finished(tmp_path)[1] == []
    lines = (tmp_path / "records.jsonl").read_bytes().splitlines(keepends=True)
    (tmp_path / "records.jsonl").write_bytes(b"".join(lines[:1] + lines[2:]))
    sweep, started = finished(tmp_path)
    assert started == [1] and without_time(sweep.results()) == without_time(read(whole / "results.json"))
    assert (tmp_path / "table.csv").read_bytes() == (whole / "table.csv").read_bytes()


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (b"{}\n", "line 1, has no number"),
        (b"\xff\xfe\n", "line 1, is not UTF-8"),
        (b"not JSON\n", "line 1, can't be read as JSON"),
    ],
)
def test_a_broken_line_in_the_middle_is_named(whole, tmp_path, line, words):
    (tmp_path / "sweep.json").write_bytes((whole / "sweep.json").read_bytes())
    written = (whole / "records.jsonl").read_bytes()
    (tmp_path / "records.jsonl").write_bytes(line + written)
    with pytest.raises(TraceError, match=words):
        finished(tmp_path)
    assert (tmp_path / "records.jsonl").read_bytes() == line + written


def test_lines_that_are_whole_but_wrong_are_named(whole, tmp_path):
    (tmp_path / "sweep.json").write_bytes((whole / "sweep.json").read_bytes())
    first, second, *_ = (whole / "records.jsonl").read_text().splitlines(keepends=True)
    for changed, words in [
        (first + first, "line 2, is of a prompt that an earlier line has"),
        (first + second.replace('"number": 1', '"number": 7'), "line 2, is of another prompt"),
        (first + second.replace('"number": 1', '"number": 2'), "line 2, is of another prompt"),
        (first.replace('"theta": 0.5', '"theta": 0.6') + second, "line 1, is of another grid"),
        (first.replace('"sequences": [0', '"sequences": [9999') + second, "line 1, is of another grid"),
    ]:
        (tmp_path / "records.jsonl").write_text(changed)
        with pytest.raises(TraceError, match=words):
            finished(tmp_path)


@pytest.mark.parametrize(
    ("plan", "words"),
    [
        (SweepPlan(PLAN.settings, (0.5, 1.6), (2, 4)), r"the thetas changed from \[0.5, 1.5\] to \[0.5, 1.6\]"),
        (SweepPlan(PLAN.settings, (0.5, 1.5), (2, 5)), r"the max_sequences changed from \[2, 4\]"),
        (SweepPlan(PLAN.settings, (0.5, 1.5), (2, 4), False), "the baseline changed from true to false"),
        (SweepPlan(PLAN.settings, (0.5, 1.5), (2, 4), seed=1), "the seed changed from 0 to 1"),
        (SweepPlan(Settings(temperature=0.9, max_new_tokens=6), (0.5, 1.5), (2, 4)), "the setting temperature changed"),
    ],
)
def test_a_folder_of_another_sweep_is_refused_in_a_sentence(whole, plan, words):
    before = (whole / "records.jsonl").read_bytes()
    with pytest.raises(SettingsError, match=f"holds another sweep: {words}"):
        finished(whole, plan=plan)
    assert (whole / "records.jsonl").read_bytes() == before


def test_other_tasks_are_refused_and_the_grids_own_theta_plays_no_part(whole):
    with pytest.raises(SettingsError, match="the number of tasks changed from 4 to 3"):
        finished(whole, tasks=tiny_tasks(3))
    same = SweepPlan(Settings(theta=1.1, max_sequences=3, temperature=1.0, max_new_tokens=6), (0.5, 1.5), (2, 4))
    assert finished(whole, plan=same)[1] == []


def test_folders_of_others(tmp_path, whole):
    with SweepFolder(tmp_path), pytest.raises(SettingsError, match="in use by another process"):
        finished(tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(SettingsError, match="can't be written"):
        finished(tmp_path / "file")
    (tmp_path / "records.jsonl").write_bytes((whole / "records.jsonl").read_bytes())
    with pytest.raises(SettingsError, match=r"holds records, but no sweep\.json"):
        finished(tmp_path)
    (tmp_path / "sweep.json").write_text("[1]")
    with pytest.raises(SettingsError, match=r"its sweep\.json is not one that this program wrote"):
        finished(tmp_path)


def test_a_sweep_and_an_experiment_keep_out_of_each_other(tmp_path, whole):
    experiment = Experiment(tiny_engine(), tiny_tasks(2), Plan(PLAN.settings, ("init",)), ResultsFolder(tmp_path))
    list(experiment.run())
    before = (tmp_path / "results.json").read_bytes()
    with pytest.raises(SettingsError, match="holds the results of an experiment; name another folder"):
        finished(tmp_path)
    assert (tmp_path / "results.json").read_bytes() == before
    with pytest.raises(SettingsError, match="holds the results of a sweep; name another folder"):
        list(Experiment(tiny_engine(), tiny_tasks(2), experiment.plan, ResultsFolder(whole)).run())


def test_a_full_disk_is_one_sentence_and_what_was_done_is_gone_on_with(tmp_path, monkeypatch):
    whole, append = [], SweepFolder.append

    def fills_up(self, record):
        if len(whole) == 2:
            with (self.folder / "records.jsonl").open("ab") as stream:
                stream.write(b'{"number": 2, "ta')
            raise SettingsError("records.jsonl can't be written: No space left on device; correct it.")
        whole.append(record)
        append(self, record)

    monkeypatch.setattr(SweepFolder, "append", fills_up)
    with pytest.raises(SettingsError, match="No space left"):
        finished(tmp_path)
    monkeypatch.setattr(SweepFolder, "append", append)
    assert read(tmp_path / "results.json")["num_done"] == 2
    assert finished(tmp_path)[1] == [2, 3]


def test_csv_and_json_hold_the_table(whole):
    sweep, _ = finished(whole)
    results = read(whole / "results.json")
    assert results == json.loads(json.dumps(sweep.results())) and results["num_done"] == TASKS
    with (whole / "table.csv").open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == len(PLAN.walks)
    for row, cell in zip(rows, results["cells"], strict=True):
        for name, value in cell.items():
            if isinstance(value, dict):
                ends = (row[name], row[f"{name}_low"], row[f"{name}_high"])
                assert [float(end) for end in ends] == list(value.values())
            elif isinstance(value, str):
                assert row[name] == value
            else:
                assert row[name] == "" if value is None else float(row[name]) == value
    with (whole / "prompts.csv").open(newline="", encoding="utf-8") as stream:
        prompts = list(csv.DictReader(stream))
    assert len(prompts) == TASKS * len(PLAN.walks)
    for cell in results["cells"]:
        theta = "" if cell["theta"] is None else str(cell["theta"])
        key = (cell["strategy"], theta, str(cell["max_sequences"]))
        own = [row for row in prompts if (row["strategy"], row["theta"], row["max_sequences"]) == key]
        assert sum(int(row["num_tokens"]) for row in own) / TASKS == pytest.approx(cell["num_tokens"]["value"])
        assert sum(int(row["num_correct"]) > 0 for row in own) / TASKS == pytest.approx(cell["pass_at_k"]["value"])


@pytest.mark.parametrize("text", ["=1+1", "+1", "-2", "@SUM(A1)", "\t=1", "\r=1", "  =1", 'a"b,c\nd', "plain", "é"])
def test_no_text_is_a_formula_and_numbers_stay_numbers(text):
    (heading, row) = csv.reader(csv_of([{"name": text, "share": -0.5, "right": True, "none": None}]).splitlines(True))
    assert heading == ["name", "share", "right", "none"]
    assert row[0] == text if text[0] in "aépl" else row[0] == "'" + text
    assert row[1:] == ["-0.5", "1", ""]


def test_task_ids_of_a_hostile_file_reach_no_spreadsheet_as_formulas(tmp_path):
    tasks = TaskSet("own", (Task("=cmd|'/c calc'!A0", "p", "1"),), tiny_tasks(1).grader)
    list(Sweep(tiny_engine(), tasks, PLAN, SweepFolder(tmp_path)).run())
    assert ",'=cmd|" in (tmp_path / "prompts.csv").read_text() and ",=cmd" not in (tmp_path / "prompts.csv").read_text()


@pytest.mark.parametrize("num_told", [0, 3, 9, 20, 40])
def test_the_results_in_the_folder_are_those_of_what_is_done_however_it_ends(tmp_path, num_told):
    sweep = sweep_in(tmp_path)
    events = sweep.run()
    done = [one for _, one in zip(range(num_told), events, strict=False) if isinstance(one, PromptFinished)]
    events.close()
    file = tmp_path / "results.json"
    assert (read(file)["num_done"] if file.exists() else 0) >= len(done)
    if file.exists():
        assert read(file) == json.loads(json.dumps(sweep.results()))
