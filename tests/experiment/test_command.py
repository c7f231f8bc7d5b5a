"""`python -m eager_core experiment` as a user meets it, with a real (tiny) model on disk, killed in the middle."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from eager_core.terminal import main
from tests.experiment.test_experiment import without_time
from tests.models.tiny import save_tiny_model


@pytest.fixture(scope="module")
def tiny_model(tmp_path_factory):
    return save_tiny_model(tmp_path_factory.mktemp("models") / "tiny")


def command(model, out, *more) -> list[str]:
    return [
        sys.executable, "-m", "eager_core", "experiment", "--tasks", "chain_sum", "--num-prompts", "3",
        "--max-sequences", "3", "--theta", "2.0", "--stages", "all", "--max-new-tokens", "12",
        "--model", str(model), "--out", str(out), *more,
    ]  # fmt: skip


def test_table_results_and_kill_9(tiny_model, tmp_path):
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    done = subprocess.run(command(tiny_model, whole, "--traces"), capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    assert all(word in done.stdout for word in ("parallel", "init", "adapt", "full", "Pass@k", "#T"))
    assert len(list((whole / "traces").glob("init-*.json"))) == 3

    process = subprocess.Popen(command(tiny_model, killed), stdout=subprocess.DEVNULL)
    records = killed / "records"
    while len(list(records.glob("*.json"))) < 2 and process.poll() is None:
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    process.wait()
    kept = {file.name: (file.stat().st_mtime_ns, file.read_text()) for file in records.glob("*.json")}
    assert len(kept) >= 2
    again = subprocess.run(command(tiny_model, killed), capture_output=True, text=True, timeout=600)
    assert again.returncode == 0, again.stderr
    assert {name: ((records / name).stat().st_mtime_ns, (records / name).read_text()) for name in kept} == kept
    results = [without_time(json.loads((folder / "results.json").read_text())) for folder in (whole, killed)]
    assert results[0] == results[1]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--tasks", "nothing"], "nothing"),
        (["--num-prompts", "0"], "number of prompts is 0"),
        (["--stages", "some"], "stages"),
        (["--max-sequences", "999"], "max_sequences (M) is 999"),
        (["--strategy", "parallel"], "parallel"),
        (["--tasks", "aime2024"], "aime2024"),
        (["--target-cost", "0", "--stages", "card"], "target_cost"),
    ],
)
def test_refusals_come_in_one_line_before_the_model_is_loaded(arguments, words, tmp_path, capsys, monkeypatch):
    loaded = []
    monkeypatch.setattr("eager_core.load_engine", lambda *asked, **also: loaded.append(asked))
    assert main(["experiment", "--out", str(tmp_path / "out"), "--model", "no-such/model", *arguments]) == 2
    assert loaded == []
    (line,) = capsys.readouterr().err.splitlines()
    assert words in line and not os.path.exists(tmp_path / "out" / "records" / "init-0000.json")


def test_a_folder_that_cannot_be_written(tmp_path, capsys):
    (tmp_path / "file").write_text("")
    assert main(["experiment", "--out", str(tmp_path / "file"), "--model", "no-such/model"]) == 2
    assert "can't be written" in capsys.readouterr().err


def test_own_tasks_one_of_them_too_long_and_later_an_answer_changed(tiny_model, tmp_path, capsys):
    """The tiny model's context holds 128 tokens, a byte each."""
    file, out = tmp_path / "own.jsonl", tmp_path / "out"
    prompts, answers = ["1+1?", "x" * 200, "a\u2028b"], ["so\n#### 2", 1, "\\pi"]
    arguments = [
        "experiment", "--tasks", str(file), "--model", str(tiny_model), "--out", str(out), "--stages", "init",
        "--max-sequences", "2", "--max-new-tokens", "4",
    ]  # fmt: skip

    def write():
        tasks = [{"prompt": prompt, "answer": answer} for prompt, answer in zip(prompts, answers, strict=True)]
        lines = "".join(json.dumps(task, ensure_ascii=False) + "\n" for task in tasks)
        file.write_text(lines, encoding="utf-8-sig")

    write()
    for _ in range(2):
        assert main(arguments) == 0
        assert "1 of 3 tasks is left out, number 2 (own-2)" in " ".join(capsys.readouterr().out.split())
    records = [json.loads(record.read_text()) for record in sorted((out / "records").iterdir())]
    assert [(record["task_id"], record["target"]) for record in records] == [("own-1", "2"), ("own-3", "\\pi")]
    answers[2] = "\\pi^2"
    write()
    assert main(arguments) == 2
    assert "the answer of task 3 (own-3) changed" in capsys.readouterr().err
