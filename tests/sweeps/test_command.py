"""`python -m eager_core sweep` as a user meets it, with a real (tiny) model on disk, killed in the middle."""

import csv
import json
import os
import signal
import subprocess
import sys
import time

import pytest

from eager_core.errors import ModelError
from eager_core.sweeps import Sweep
from eager_core.terminal import main
from tests.models.tiny import save_tiny_model


@pytest.fixture(scope="module")
def tiny_model(tmp_path_factory):
    return save_tiny_model(tmp_path_factory.mktemp("models") / "tiny")


def arguments(model, out, *more):
    return [
        "sweep", "--tasks", "gcd", "--num-prompts", "4", "--theta", "1.0:2.0:0.5", "--max-sequences", "1,3",
        "--max-new-tokens", "12", "--precision", "float32", "--model", str(model), "--out", str(out), *more,
    ]  # fmt: skip


def command(model, out, *more):
    return [sys.executable, "-m", "eager_core", *arguments(model, out, *more)]


def results_in(folder):
    results = json.loads((folder / "results.json").read_text())
    results["sharing"].pop("seconds")
    return results


def num_lines(file):
    return file.read_bytes().count(b"\n") if file.exists() else 0


def test_table_results_and_kill_9(tiny_model, tmp_path):
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    done = subprocess.run(command(tiny_model, whole), capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    for words in ("Pass@k", "#T", "full", "★", "Walked together", "separate runs", "4 prompts", "against tokens"):
        assert words in done.stdout
    assert len(results_in(whole)["cells"]) == 3 * 2 + 2
    with (whole / "table.csv").open(newline="") as stream:
        assert len(list(csv.reader(stream))) == 1 + 8

    process = subprocess.Popen(command(tiny_model, killed), stdout=subprocess.DEVNULL)
    records = killed / "records.jsonl"
    while num_lines(records) < 1 and process.poll() is None:
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    process.wait()
    kept = records.read_bytes()
    assert num_lines(records) >= 1
    again = subprocess.run(command(tiny_model, killed), capture_output=True, text=True, timeout=600)
    assert again.returncode == 0, again.stderr
    assert records.read_bytes().startswith(kept[: kept.rindex(b"\n") + 1])
    assert results_in(whole) == results_in(killed)


def test_ctrl_c_keeps_the_records_and_says_how_to_go_on(tiny_model, tmp_path, capsys, monkeypatch):
    run = Sweep.run

    def interrupted_after_two(self, should_stop):
        for told in run(self, should_stop):
            yield told
            if type(told).__name__ == "PromptFinished" and told.num_done == 2:
                signal.raise_signal(signal.SIGINT)

    with monkeypatch.context() as patched:
        patched.setattr(Sweep, "run", interrupted_after_two)
        assert main(arguments(tiny_model, tmp_path)) == 130
    said = " ".join(capsys.readouterr().out.split())
    assert "Stopped; 2 of 4 prompts are kept in" in said and "the same command goes on after them" in said
    assert num_lines(tmp_path / "records.jsonl") == 2 and "Pass@k" in said
    assert main(arguments(tiny_model, tmp_path)) == 0
    assert num_lines(tmp_path / "records.jsonl") == 4


def test_a_model_that_fails_on_the_way_leaves_what_is_done(tiny_model, tmp_path, capsys, monkeypatch):
    run = Sweep.run

    def fails_after_two(self, should_stop):
        for told in run(self, should_stop):
            yield told
            if type(told).__name__ == "PromptFinished" and told.num_done == 2:
                raise ModelError("The model computes NaN after the prompt; load it in float32.")

    monkeypatch.setattr(Sweep, "run", fails_after_two)
    assert main(arguments(tiny_model, tmp_path)) == 2
    shown = capsys.readouterr()
    assert shown.err.count("\n") == 1 and "computes NaN" in shown.err
    assert "2 of 4 prompts are kept in" in " ".join(shown.out.split())


def test_every_flag_of_a_run_counts(tiny_model, tmp_path, capsys):
    more = ["--measure", "varentropy", "--cap", "active", "--seed", "3", "--no-baseline", "--temperature", "1.1"]
    assert main(arguments(tiny_model, tmp_path, *more)) == 0
    results = results_in(tmp_path)
    assert (results["settings"]["measure"], results["settings"]["cap"], results["seed"]) == ("varentropy", "active", 3)
    assert {cell["strategy"] for cell in results["cells"]} == {"paper"} and len(results["cells"]) == 6
    assert results["cells"][0]["saved_fraction"]["value"] is None
    capsys.readouterr()
    assert main(arguments(tiny_model, tmp_path, *more, "--top-p", "0.5")) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "holds another sweep: the setting top_p changed from 0.95 to 0.5" in line


def test_own_tasks_one_of_them_too_long(tiny_model, tmp_path, capsys):
    file = tmp_path / "own.jsonl"
    tasks = [{"prompt": prompt, "answer": "2"} for prompt in ("1+1?", "x" * 200, "2?")]
    file.write_text("\n".join(map(json.dumps, tasks)))
    assert main(arguments(tiny_model, tmp_path / "out", "--tasks", str(file))) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "1 of 3 tasks is left out, number 2 (own-2)" in said and "2 prompts" in said


def test_a_strategy_without_theta_needs_no_range(tiny_model, tmp_path, capsys):
    flags = [flag for flag in arguments(tiny_model, tmp_path, "--strategy", "percentile")]
    place = flags.index("--theta")
    del flags[place : place + 2]
    assert main(flags) == 0
    assert [cell["theta"] for cell in results_in(tmp_path)["cells"]] == [None] * 4
    assert "percentile" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (["--theta", ""], "theta is ''"),
        (["--theta", "2.7:1.8:0.1"], "must rise"),
        (["--theta", "1:2:0"], "step above 0"),
        (["--theta", "nan"], "'nan' is not a number"),
        (["--theta", "1:nan:0.1"], "'nan' is not a number"),
        (["--theta", "0:1:1e-30"], "over 1,000,000,000,000 values, but up to 1,000 can be tried"),
        (["--theta", "0:1:1e-9999999"], "1e-9999999"),
        (["--theta", "0:99.9:0.1", "--max-sequences", "1:10:1"], "10,010 settings"),
        (["--theta=-1,2"], "theta is -1.0"),
        (["--max-sequences", "0,1"], "max_sequences (M) is 0"),
        (["--max-sequences", "1.5"], "not a whole number"),
        (["--max-sequences", "2000"], "is 2000"),
        (["--num-prompts", "0"], "number of prompts is 0"),
        (["--tasks", "nothing"], "nothing"),
        (["--strategy", "greedy"], "greedy has no theta, but 3 were asked for"),
        (["--temperature", "nan"], "temperature is nan"),
        (["--date", "soon"], "soon"),
    ],
)
def test_refusals_come_in_one_line_before_the_model_is_loaded(more, words, tmp_path, capsys):
    assert main(arguments("no-such/model", tmp_path / "out", *more)) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert words in line and not os.path.exists(tmp_path / "out")


def test_a_folder_that_cannot_be_written(tmp_path, capsys):
    (tmp_path / "file").write_text("")
    assert main(arguments("no-such/model", tmp_path / "file")) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "can't be written" in line
