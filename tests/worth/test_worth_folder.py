"""A study goes on where it was stopped, with the same results; a folder is one study's."""

import json

import pytest

from eager_core import Settings, SettingsError, TraceError
from eager_core.experiment import ResultsFolder
from eager_core.experiment.folder import write_json
from eager_core.worth import WorthFolder, WorthStudy
from tests.worth.parity_tasks import parity_engine, parity_plan, parity_tasks


def without_cost(results):
    return {name: value for name, value in results.items() if name != "cost"}


@pytest.mark.parametrize("stop_after", [1, 2, 3])
def test_goes_on_after_a_stop(tmp_path, stop_after):
    whole = WorthStudy(parity_engine(), parity_tasks(2), parity_plan())
    list(whole.run())
    first = WorthStudy(parity_engine(), parity_tasks(2), parity_plan(), WorthFolder(tmp_path))
    steps = first.run()
    for _ in range(stop_after):
        next(steps)
    steps.close()
    written = {file.name: file.stat().st_mtime_ns for file in (tmp_path / "records").glob("*.json")}
    assert len(written) == stop_after
    again = WorthStudy(parity_engine(), parity_tasks(2), parity_plan(), WorthFolder(tmp_path))
    done = list(again.run())
    assert [one.is_new for one in done] == [number >= stop_after for number in range(4)]
    assert all((tmp_path / "records" / name).stat().st_mtime_ns == when for name, when in written.items())
    assert without_cost(again.results()) == without_cost(whole.results())
    assert without_cost(json.loads((tmp_path / "results.json").read_text())) == without_cost(whole.results())


def test_another_difference_needs_no_model(tmp_path):
    first = WorthStudy(parity_engine(), parity_tasks(2), parity_plan(), WorthFolder(tmp_path))
    list(first.run())
    again = WorthStudy(parity_engine(), parity_tasks(2), parity_plan(difference=0.3), WorthFolder(tmp_path))
    assert not any(one.is_new for one in again.run())
    assert again.results()["places"]["num_differing"] >= first.results()["places"]["num_differing"]


def test_a_folder_is_one_study(tmp_path):
    list(WorthStudy(parity_engine(), parity_tasks(2), parity_plan(), WorthFolder(tmp_path)).run())
    other = Settings(max_sequences=4, temperature=0.5, max_new_tokens=16)
    for plan, words in (
        (parity_plan(num_rollouts=2), "num_rollouts changed from 3 to 2"),
        (parity_plan(settings=other), "temperature changed from 1.0 to 0.5"),
        (parity_plan(seed=1), "seed changed from 0 to 1"),
    ):
        with pytest.raises(SettingsError, match=words):
            list(WorthStudy(parity_engine(), parity_tasks(2), plan, WorthFolder(tmp_path)).run())


def test_a_study_and_an_experiment_keep_out_of_each_others_folders(tmp_path):
    study, experiment = tmp_path / "study", tmp_path / "experiment"
    list(WorthStudy(parity_engine(), parity_tasks(1), parity_plan(), WorthFolder(study)).run())
    with pytest.raises(SettingsError, match="study of what forks were worth; name another"), ResultsFolder(study):
        pass
    with ResultsFolder(experiment) as folder:
        write_json(folder.folder / "experiment.json", {})
    with pytest.raises(SettingsError, match="holds the results of an experiment"), WorthFolder(experiment):
        pass


def test_broken_records_are_named(tmp_path):
    list(WorthStudy(parity_engine(), parity_tasks(2), parity_plan(), WorthFolder(tmp_path)).run())
    file = tmp_path / "records" / "walks-0001.json"
    file.write_text(file.read_text()[:100])
    with pytest.raises(TraceError, match=r"walks-0001\.json"):
        list(WorthStudy(parity_engine(), parity_tasks(2), parity_plan(), WorthFolder(tmp_path)).run())
    file.write_text((tmp_path / "records" / "walks-0000.json").read_text())
    with pytest.raises(TraceError, match="another prompt"):
        list(WorthStudy(parity_engine(), parity_tasks(2), parity_plan(), WorthFolder(tmp_path)).run())


def test_records_stay_small(tmp_path):
    list(WorthStudy(parity_engine(), parity_tasks(2), parity_plan(), WorthFolder(tmp_path)).run())
    for file in (tmp_path / "records").glob("samples-*.json"):
        num_nodes = len(json.loads(file.read_text())["parents"])
        assert file.stat().st_size < 200 * num_nodes + 2000
