"""The benchmarks of sensitivity and calibration, on a scripted model: what they say of results, and that they stop."""

import pytest

from benchmarks.calibration import row_of as calibration_row
from benchmarks.calibration import sizes_of
from benchmarks.sensitivity import markdown_of, row_of
from benchmarks.swept import Deadline, swept
from eager_core import Settings
from eager_core.calibration import Goal, Pilot
from eager_core.outcomes import Outcome
from eager_core.sweeps import SweepPlan
from tests.experiment.tiny_tasks import tiny_engine

PLAN = SweepPlan(Settings(temperature=1.0, max_new_tokens=5), (0.5, 1.5), (2, 4))


def test_a_sweep_is_told_gone_on_with_and_made_a_table(tmp_path, capsys):
    sweep, records = swept(tiny_engine(), "gcd", 2, PLAN, tmp_path, Deadline(60))
    assert len(records) == 2 and "gcd: 2 of 2" in capsys.readouterr().out
    swept(tiny_engine(), "gcd", 2, PLAN, tmp_path, Deadline(60))
    assert "2 of 2 prompts are done" in capsys.readouterr().out
    results = sweep.results()
    lines = markdown_of("gcd", results).splitlines()
    assert [line.split(" | ")[0] for line in lines if line.startswith("| ")] == ["| theta", "| 0.5", "| 1.5", "| full"]
    rows = [row_of("gcd", cell) for cell in results["cells"]]
    assert [(row["theta"], row["M"]) for row in rows] == [
        ("0.5", 2), ("1.5", 2), ("0.5", 4), ("1.5", 4), ("full", 2), ("full", 4),
    ]  # fmt: skip
    assert all(row["#T"] == cell["num_tokens"]["value"] for row, cell in zip(rows, results["cells"], strict=True))


def test_no_time_walks_nothing(tmp_path):
    sweep, records = swept(tiny_engine(), "gcd", 2, PLAN, tmp_path, Deadline(-1))
    assert not sweep.num_done and not records


def made_up(number):
    """Six sequences at theta 1 and one at theta 2; every third prompt has two more."""
    more = 2 * (number % 3 == 0)
    return Pilot(
        str(number),
        tuple(
            Outcome(Settings(theta=theta), 10, num_sequences + more, 1, 20, False)
            for theta, num_sequences in ((1.0, 6), (2.0, 1))
        ),
    )


def test_the_error_on_held_back_prompts():
    alike = calibration_row([made_up(1)] * 9, Goal("sequences", 6), 6, 10)
    assert alike == {
        "goal": "sequences=6", "pilots": 6, "reached": 1.0, "theta": 1.0, "theta sd": 0.0, "interval width": 0.0,
        "off": 0.0, "|off|": 0.0, "|missed|": 0.0,
    }  # fmt: skip
    torn = calibration_row([made_up(number) for number in range(9)], Goal("sequences", 6.5), 9, 20)
    assert torn["theta"] == 1.0 and 0 < torn["|off|"] <= 2 and abs(torn["off"]) <= torn["|off|"]
    never = calibration_row([made_up(1)] * 9, Goal("sequences", 9), 6, 10)
    assert (never["reached"], never["theta"], never["|off|"]) == (0.0, None, None)


@pytest.mark.parametrize(("num_prompts", "sizes"), [(0, []), (5, []), (6, [6]), (11, [6, 11]), (30, [6, 12, 30])])
def test_numbers_of_pilots(num_prompts, sizes):
    assert sizes_of(num_prompts) == sizes
