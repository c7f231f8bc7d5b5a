"""A study with the real engine over a tiny random model: what is measured and walked is what cold runs give."""

from dataclasses import replace

import pytest
from transformers import LlamaConfig

from eager_core import Exploration, Settings
from eager_core.grading import Task, TaskSet
from eager_core.settings import MEASURES
from eager_core.uncertainty import MEASURE_OF_NAME
from eager_core.worth import WorthPlan, WorthStudy
from tests.local.tiny_engine import engine_for, random_model
from tests.worth.parity_tasks import LastToken

CONFIG = LlamaConfig(
    vocab_size=40, hidden_size=32, intermediate_size=48, num_hidden_layers=4, num_attention_heads=4,
    num_key_value_heads=2, max_position_embeddings=256,
)  # fmt: skip


@pytest.fixture(scope="module")
def model():
    return random_model(CONFIG)


def test_all_nine_measures_are_told_and_walks_equal_cold_runs(model):
    tasks = TaskSet("numbers", (Task("a", "1 2 3", "0"), Task("b", "4 5", "1")), LastToken())
    settings = Settings(max_sequences=3, temperature=1.0, max_new_tokens=6)
    study = WorthStudy(engine_for(model), tasks, WorthPlan(settings, num_places=5, num_rollouts=2))
    list(study.run())
    assert set(study.results()["measures"]) == set(MEASURES)
    for record, task in zip(study.probes, tasks.tasks, strict=True):
        cold = Exploration(engine_for(model), task.prompt)
        list(cold.run(study.plan.samples))
        for name in MEASURES:
            expected = MEASURE_OF_NAME[name].of(cold.knowledge.root.prediction)
            assert record.measures[name][0] == pytest.approx(expected, rel=1e-3, abs=1e-5)
    num_compared = 0
    for record, task in zip(study.triggers, tasks.tasks, strict=True):
        for walk in record.walks[::9]:
            cold = Exploration(engine_for(model), task.prompt)
            list(cold.run(replace(settings, measure=walk.measure, theta=walk.theta)))
            if is_close(cold, walk):
                continue
            num_compared += 1
            assert (walk.num_forks, walk.num_tokens) == (len(cold.tree.forks), cold.tree.ledger().generated_tokens)
    assert num_compared > 4


def is_close(exploration, walk):
    """Whether some token lies so near to theta that the rounding of another pass may decide."""
    measure = MEASURE_OF_NAME[walk.measure].of
    predictions = [node.prediction for node in exploration.knowledge.nodes if node.prediction is not None]
    return any(abs(measure(prediction) - walk.theta) < 1e-4 for prediction in predictions)
