"""`make bench-worth` without the model: its rows are what the study found."""

import json
import math

from benchmarks.worth import interval_words, rows_of, studied
from tests.worth.parity_tasks import parity_engine, parity_plan, parity_tasks


def test_a_row_for_each_measure_and_number_of_forks():
    plan = parity_plan(measures=("top_k_entropy", "flatness"))
    results = studied(parity_engine(), parity_tasks(2), plan, None)
    rows = rows_of(results)
    assert len(rows) == 2 * len(results["equal_forks"]) + 1 > 1
    assert [row["measure"] for row in rows[:2]] == ["top_k_entropy", "flatness"]
    assert rows[-1]["measure"] == "full sampling"
    assert not any(isinstance(value, float) and math.isnan(value) for row in rows for value in row.values())
    json.dumps(rows, allow_nan=False)
    assert rows[0]["AUC"] == interval_words(results["measures"]["top_k_entropy"]["auc"])


def test_undefined_is_a_word():
    assert interval_words({"value": None, "low": None, "high": None}) == "undefined"
    assert interval_words({"value": 0.625, "low": 0.5, "high": 0.75}) == "0.62 (0.50-0.75)"
    assert interval_words({"value": 0.625, "low": None, "high": None}) == "0.62"
