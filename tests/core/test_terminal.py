"""The command line as a user meets it, with a real model on disk."""

import json
import signal
import subprocess
import sys
from dataclasses import fields, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from eager_core import Exploration, Settings, TokenTree
from eager_core.events import event_from_json
from eager_core.prompt import DEFAULT_DATE, digest_of_ids
from eager_core.settings import CAPS
from eager_core.terminal import main
from eager_core.terminal.commands import _parser
from eager_core.terminal.flags import settings_of
from eager_core.terminal.live import LivePicture, LivePictures
from eager_core.terminal.picture import picture, visible
from eager_core.traces import trace_of, trace_to_json
from tests.core.some_runs import any_settings, some_engines
from tests.models.tiny import save_tiny_model
from tests.scripted_engine import ScriptedEngine, hashed_logprobs


@pytest.fixture(scope="module")
def tiny_model(tmp_path_factory):
    return save_tiny_model(tmp_path_factory.mktemp("models") / "tiny")


def test_run_prints_the_tree_and_writes_the_trace(tiny_model, tmp_path):
    trace_path = tmp_path / "out.json"
    arguments = (
        "run", "Hello there", "--theta", 2.0, "--max-sequences", 3, "--temperature", 0.6, "--top-p", 0.95,
        "--max-new-tokens", 6, "--seed", 0, "--strategy", "paper", "--model", tiny_model, "--trace", trace_path,
    )  # fmt: skip
    command = [sys.executable, "-m", "eager_core", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    assert "Hello there" in done.stdout and "3 sequences" in done.stdout
    trace = json.loads(trace_path.read_text())
    assert trace["schema_version"] == 2 and len(trace["sequences"]) == 3
    assert trace["settings"]["max_new_tokens"] == 6


def test_events_are_written_as_they_happen_and_fold_to_the_trace(tiny_model, tmp_path):
    trace_path, events_path = tmp_path / "out.json", tmp_path / "events.jsonl"
    asked = ["run", "Hello", "--theta", "1", "--max-new-tokens", "5", "--no-alternatives", "--model", str(tiny_model)]
    assert main([*asked, "--trace", str(trace_path), "--events", str(events_path)]) == 0
    tree = TokenTree()
    for line in events_path.read_text(encoding="utf-8").splitlines():
        tree.apply(event_from_json(json.loads(line)))
    assert json.loads(trace_to_json(trace_of(tree))) == json.loads(trace_path.read_text())
    assert main([*asked, "--events", str(tmp_path / "no" / "events.jsonl")]) == 2


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--theta", "nan"], "theta is nan"),
        (["--theta", "-1"], "theta is -1.0"),
        (["--max-sequences", "0"], "max_sequences (M) is 0"),
        (["--max-sequences", "many"], "invalid int value: 'many'"),
        (["--max-new-tokens", "-3"], "max_new_tokens is -3"),
        (["--top-p", "1.5"], "top_p is 1.5"),
        (["--seed", "-1"], "seed is -1"),
        (["--strategy", "best"], "invalid choice: 'best'"),
        (["--measure", "mood"], "invalid choice: 'mood'"),
        (["--cap", "none"], "invalid choice: 'none'"),
        (["--entropy-of", "sampling", "--measure", "full_entropy"], "entropy_of is 'sampling'"),
        (["--num-candidate-branches", "1"], "num_candidate_branches is 1"),
        (["--branch", "12"], "'12' is no branch"),
        (["--branch", "1,x:3"], "'1,x:3' is no branch"),
        (["--branch", "1,2:-3"], "'1,2:-3' is no branch"),
        (["--trace", "/nowhere/out.json"], "/nowhere/out.json"),
        (["--model", "./no-such-folder"], "no-such-folder"),
        (["--model", "no-such/model"], "no-such/model"),
    ],
)
def test_bad_input_is_one_line_and_not_zero(arguments, words, capsys):
    assert_one_line(["run", "hello", *arguments], words, capsys)


@pytest.mark.parametrize("command", [["run", "hello"], ["experiment", "--out", "results"]])
def test_every_setting_has_a_flag_that_sets_it(command):
    others = {
        "theta": 1.25, "max_sequences": 5, "temperature": 0.3, "top_p": 0.7, "max_new_tokens": 9,
        "strategy": "reference", "entropy_of": "sampling", "cap": CAPS[-1],
        "measure": "full_entropy", "dynamic_threshold": False,
        "percentile": 0.4, "num_candidate_branches": 3,
    }  # fmt: skip
    assert others.keys() == {field.name for field in fields(Settings)}
    for name, value in others.items():
        flag = f"--{'no-' if value is False else ''}{name.replace('_', '-')}"
        options = _parser().parse_args([*command, flag, *([] if value is False else [str(value)])])
        assert settings_of(options) == replace(Settings(), **{name: value}) != Settings()


def test_branches_by_hand_are_grown_and_traced(tiny_model, tmp_path):
    trace_path, plain_path = tmp_path / "out.json", tmp_path / "plain.json"
    flags = ["--temperature", "0", "--theta", "20", "--max-new-tokens", "4", "--model", str(tiny_model)]
    assert main(["run", "Hello", *flags, "--trace", str(plain_path)]) == 0
    first, second = [node["token_id"] for node in json.loads(plain_path.read_text())["nodes"][1:3]]
    other, another = (first + 1) % 50 + 3, (second + 1) % 50 + 3
    branches = ["--branch", f":{other}", "--branch", f"{first}:{another}"]
    assert main(["run", "Hello", *flags, *branches, "--trace", str(trace_path)]) == 0
    trace = json.loads(trace_path.read_text())
    assert trace["by_hand"] == [{"path": [], "token_id": other}, {"path": [first], "token_id": another}]
    assert len(trace["sequences"]) == 3


@pytest.mark.parametrize("branch", [":999999", "3,999999:4"])
def test_a_branch_with_a_token_that_the_model_has_not(tiny_model, branch, capsys):
    assert_one_line(["run", "Hello", "--model", str(tiny_model), "--branch", branch], "has token 999999", capsys)


@pytest.mark.parametrize("branch", [":-1", "-3:4"])
def test_a_branch_with_a_negative_token(branch, capsys):
    assert_one_line(["run", "Hello", f"--branch={branch}"], "write token ids as in", capsys)


@pytest.mark.parametrize(("prompt", "words"), [("  ", "empty"), ("long " * 200, "128")])
def test_empty_and_over_long_prompts(tiny_model, prompt, words, capsys):
    assert_one_line(["run", prompt, "--model", str(tiny_model)], words, capsys)


def assert_one_line(arguments, words, capsys):
    try:
        status = main(arguments)
    except SystemExit as stop:
        status = stop.code
    output, errors = capsys.readouterr()
    assert status != 0 and output == ""
    assert words in errors and errors.count("\n") == 1


def test_interrupt_keeps_what_there_is(monkeypatch, tmp_path):
    engine = ScriptedEngine(hashed_logprobs(50, eos_logit=-99.0), context_length=10**6)
    num_steps = iter(range(10**6))

    def logprobs(path, plain=engine.logprobs):
        if next(num_steps) == 40:
            signal.raise_signal(signal.SIGINT)
        return plain(path)

    engine.logprobs = logprobs
    monkeypatch.setattr("eager_core.load_engine", lambda *_, **__: engine)
    trace_path = tmp_path / "out.json"
    assert main(["run", "Hi", "--max-new-tokens", "30000", "--theta", "100", "--trace", str(trace_path)]) == 0
    trace = json.loads(trace_path.read_text())
    assert [sequence["finish_reason"] for sequence in trace["sequences"]] == ["stopped"]
    assert 30 < len(trace["nodes"]) < 60


def test_control_characters_are_shown_not_obeyed():
    assert visible("a\x1b[31mb\r\n\tc\u202e") == "a·[31mb·↵⇥c·"


def test_picture_of_a_run_that_has_not_begun():
    assert picture(TokenTree()) is not None


def test_ctrl_c_while_the_model_loads_ends_in_one_line(monkeypatch, capsys):
    def load(*_args, **_named):
        raise KeyboardInterrupt

    monkeypatch.setattr("eager_core.load_engine", load, raising=False)
    assert main(["run", "Hello"]) == 130
    assert capsys.readouterr().err == "eager_core: stopped.\n"


def drawn(renderable, height: int = 500) -> str:
    console = Console(width=200, height=height, color_system=None)
    with console.capture() as capture:
        console.print(renderable)
    return capture.get()


@settings(max_examples=40, deadline=None)
@given(engine=some_engines, run_settings=any_settings, every=st.integers(1, 9))
def test_the_live_picture_is_the_whole_one_whenever_it_was_looked_at(engine, run_settings, every):
    exploration = Exploration(engine, "p")
    live = LivePictures()
    for number, _ in enumerate(exploration.run(run_settings)):
        if number % every == 0:
            drawn(live.of(exploration.tree))
    assert drawn(live.of(exploration.tree), height=2000) == drawn(picture(exploration.tree), height=2000)


def test_a_refresh_of_the_live_picture_looks_at_what_is_new_and_what_is_shown(monkeypatch):
    exploration = Exploration(ScriptedEngine(hashed_logprobs(9, eos_logit=-99.0)), "p")
    list(exploration.run(Settings(theta=1.0, max_sequences=8, max_new_tokens=400)))
    tree = exploration.tree
    live = LivePicture(tree)
    drawn(live)
    looked_at = []
    plain = tree.node
    monkeypatch.setattr(tree, "node", lambda node_id: looked_at.append(node_id) or plain(node_id))
    assert "more branches" in drawn(live, height=11)
    # 4 branches of at most 40 tokens, and the prompt, of some 2,500 nodes.
    assert tree.num_nodes > 2000 and len(looked_at) <= 4 * 40 + 1


@pytest.mark.parametrize("command", [["run", "Hi"], ["experiment", "--tasks", "chain_sum", "--out", "results"]])
def test_a_date_that_is_no_day_is_refused_before_a_model_is_loaded(command, monkeypatch, tmp_path, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("eager_core.load_engine", lambda *_, **__: pytest.fail("a model is loaded"))
    assert_one_line([*command, "--date", "31 June"], "YYYY-MM-DD", capsys)


def test_a_trace_tells_the_date_that_was_asked_for(monkeypatch, tmp_path):
    monkeypatch.setattr("eager_core.load_engine", lambda *_, **__: ScriptedEngine(hashed_logprobs(30)))
    for date in ([], ["--date", "2026-01-02"]):
        assert main(["run", "Hi", "--max-new-tokens", "3", *date, "--trace", str(tmp_path / "out.json")]) == 0
        trace = json.loads((tmp_path / "out.json").read_text())
        assert trace["date"] == (date or ["", DEFAULT_DATE])[1]
        assert trace["prompt_digest"] == digest_of_ids([72, 105])  # the scripted engine's ids are the letters' codes
