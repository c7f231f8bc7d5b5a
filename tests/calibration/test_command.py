"""`python -m eager_core calibrate` and `run --theta calibrated` as a user meets them, with a real (tiny) model."""

import json
import signal

import pytest

from eager_core.calibration import load_calibration
from eager_core.calibration.storage import calibrations_file
from eager_core.terminal import calibrate_command, main
from tests.models.tiny import save_tiny_model


@pytest.fixture(scope="module")
def tiny_model(tmp_path_factory):
    return save_tiny_model(tmp_path_factory.mktemp("models") / "tiny")


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("EAGER_EXPLORER_CACHE", str(tmp_path / "cache"))


def arguments(model, *more, goal="sequences=1", prompts=("--tasks", "gcd", "--num-prompts", "7")):
    return [
        "calibrate", *prompts, "--goal", goal, "--theta", "1.0:3.0:1.0", "--max-sequences", "3",
        "--max-new-tokens", "8", "--model", str(model), *more,
    ]  # fmt: skip


def run(model, theta):
    return main(["run", "1+1?", "--theta", theta, "--max-new-tokens", "3", "--model", str(model)])


def said(capsys):
    return " ".join(capsys.readouterr().out.split())


def test_theta_with_its_curve_and_how_far_off_it_was_and_a_run_that_uses_it(tiny_model, capsys):
    assert main(arguments(tiny_model)) == 0
    shown = said(capsys)
    for words in ("theta 3 (95 % of other", "◀ chosen", "5 prompts that chose", "2 prompts held back: off by +0"):
        assert words in shown
    assert "Kept for this model and measure: run ... --theta calibrated:gcd" in shown
    ((key, record),) = json.loads(calibrations_file().read_text())["calibrations"].items()
    model, measure, task = json.loads(key)
    assert (measure, task, record["theta"]) == ("top_k_entropy", "gcd", 3.0)
    assert load_calibration(model, "gcd", "top_k_entropy").theta == 3.0
    for theta in ("calibrated", "calibrated:gcd"):
        assert run(tiny_model, theta) == 0
        assert "theta 3, calibrated on gcd for sequences = 1 at M 3, 5 prompts" in said(capsys)


def test_the_newest_counts_and_another_measure_has_its_own(tiny_model, tmp_path, capsys):
    file = tmp_path / "asked.txt"
    file.write_text("1+1?\r\n\r\na\u2028b\r\n", encoding="utf-8")
    pilots = ("--prompts", str(file))
    assert main(arguments(tiny_model, prompts=pilots, goal="token_share=0.9")) == 0
    assert "No prompts were held back" in said(capsys)
    assert main(arguments(tiny_model, "--name", "one", prompts=("--prompt", "2?"), goal="forks=0")) == 0
    assert "1 prompt that chose" in said(capsys)
    assert main(arguments(tiny_model, prompts=pilots, goal="sequences=3")) == 0
    capsys.readouterr()
    assert run(tiny_model, "calibrated") == 0
    assert "calibrated on asked.txt for sequences = 3 at M 3, 2 prompts" in said(capsys)
    assert run(tiny_model, "calibrated:two") == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "No theta of two is calibrated for" in line and "there are those of one, asked.txt" in line
    assert main(["run", "1?", "--theta", "calibrated", "--measure", "varentropy", "--model", str(tiny_model)]) == 2
    assert "the measure varentropy; calibrate one first" in capsys.readouterr().err


def test_labels_choose_the_cheapest_within_a_margin(tiny_model, capsys):
    assert main(arguments(tiny_model, "--held-back", "0.5", goal="pass_at_k=0.1")) == 0
    shown = said(capsys)
    assert "at most 0.1 below the best" in shown and "3 prompts held back" in shown


def test_a_goal_that_no_theta_reaches_shows_what_was_walked(tiny_model, capsys):
    assert main(arguments(tiny_model, goal="forks=99")) == 2
    shown = capsys.readouterr()
    (line,) = shown.err.splitlines()
    assert "No theta from 1 to 3 gives forks 99" in line and "choose a goal between these" in line
    assert "theta" in shown.out and not calibrations_file().exists()


def test_ctrl_c_says_that_nothing_was_chosen(tiny_model, capsys, monkeypatch):
    walk = calibrate_command.walk_pilots

    def interrupted(*asked):
        for number, pilot in enumerate(walk(*asked)):
            yield pilot
            if number == 1:
                signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(calibrate_command, "walk_pilots", interrupted)
    assert main(arguments(tiny_model)) == 130
    assert "Stopped after 2 of 7 prompts, and no theta was chosen" in said(capsys)
    assert not calibrations_file().exists()


def test_a_prompt_that_is_too_long_is_left_out_and_only_such_are_refused(tiny_model, tmp_path, capsys):
    file = tmp_path / "asked.txt"
    file.write_text("1?\n" + "x" * 200)
    assert main(arguments(tiny_model, prompts=("--prompts", str(file)))) == 0
    assert "1 of 2 tasks is left out, number 2" in said(capsys)
    assert main(arguments(tiny_model, prompts=("--prompt", "x" * 200))) == 2
    assert "No prompt of prompt can be run" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("changes", "more", "words"),
    [
        ({"goal": "sequences=nan"}, [], "sequences is nan"),
        ({"goal": "sequences=4"}, [], "The goal is 4 sequences, but a prompt may have 3 (M)"),
        ({"goal": "beauty=1"}, [], "no goal 'beauty'"),
        ({"goal": "pass_at_k=0.1", "prompts": ("--prompt", "1?")}, [], "pass_at_k needs prompts with answers"),
        ({"prompts": ("--prompt", " ")}, [], "The prompt is empty"),
        ({"prompts": ("--prompts", "/dev/null")}, [], "/dev/null holds no prompt; write one a line"),
        ({"prompts": ("--prompts", "no/such/file")}, [], "no/such/file can't be read"),
        ({"prompts": ("--tasks", "gcd", "--num-prompts", "0")}, [], "number of prompts is 0"),
        ({"prompts": ("--tasks", "gcd", "--num-prompts", "1001")}, [], "1,001 pilot prompts"),
        ({}, ["--theta", "3:1:0.1"], "must rise"),
        ({}, ["--theta", "nan"], "'nan' is not a number"),
        ({}, ["--theta", "99:101:1"], "theta is 101"),
        ({}, ["--held-back", "nan"], "share held back is nan"),
        ({}, ["--held-back", "0.9"], "share held back is 0.9"),
        ({}, ["--strategy", "greedy"], "greedy has no theta to calibrate"),
    ],
)
def test_refusals_come_in_one_line_before_the_model_is_loaded(changes, more, words, capsys):
    assert main(arguments("no-such/model", *more, **changes)) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert words in line


@pytest.mark.parametrize("theta", ["low", "calibrate", "calibrated:", ""])
def test_what_is_no_theta(theta, tiny_model, capsys):
    try:
        status = run(tiny_model, theta)
    except SystemExit as refused:
        status = refused.code
    (line,) = capsys.readouterr().err.splitlines()
    assert status == 2 and ("is neither a number nor" in line or "calibrated for" in line)
