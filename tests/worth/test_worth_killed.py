"""`python -m eager_core worth` as a user meets it, with a real (tiny) model on disk, killed in the middle."""

import json
import signal
import subprocess
import sys
import time

from tests.models.tiny import save_tiny_model


def command(model, out) -> list[str]:
    return [
        sys.executable, "-m", "eager_core", "worth", "--tasks", "chain_sum", "--num-prompts", "2",
        "--max-sequences", "3", "--max-new-tokens", "12", "--num-places", "4", "--num-rollouts", "2",
        "--measures", "top_k_entropy,layer_divergence", "--model", str(model), "--out", str(out),
    ]  # fmt: skip


def without_cost(folder):
    return {name: value for name, value in json.loads((folder / "results.json").read_text()).items() if name != "cost"}


def test_table_results_and_kill_9(tmp_path):
    model = save_tiny_model(tmp_path / "tiny")
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    done = subprocess.run(command(model, whole), capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    said = " ".join(done.stdout.split())
    assert all(words in said for words in ("at most", "AUC", "layer_divergence", "full sampling", "Pass@k"))
    # A random model is hardly ever right: what can't be told then is said in words, never as NaN.
    assert all(note in said for note in json.loads((whole / "results.json").read_text())["notes"])
    assert "nan" not in said.lower().replace(str(tmp_path).lower(), "")

    process = subprocess.Popen(command(model, killed), stdout=subprocess.DEVNULL)
    records = killed / "records"
    deadline = time.monotonic() + 300
    while len(list(records.glob("*.json"))) < 1 and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    process.wait()
    kept = {file.name: (file.stat().st_mtime_ns, file.read_text()) for file in records.glob("*.json")}
    assert kept
    again = subprocess.run(command(model, killed), capture_output=True, text=True, timeout=600)
    assert again.returncode == 0, again.stderr
    assert {name: ((records / name).stat().st_mtime_ns, (records / name).read_text()) for name in kept} == kept
    assert without_cost(killed) == without_cost(whole)
