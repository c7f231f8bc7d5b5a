"""The same on the real engine with a tiny random model: rows shared by many walks, passes of many sequences."""

import pytest

from eager_core import Settings, load_engine
from eager_core.grading import MathGrader, Task, TaskSet
from eager_core.sweeps import PromptFinished, Sweep, SweepPlan
from tests.models.tiny import save_tiny_model
from tests.sweeps.twin import slow_cells


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    engine = load_engine(str(save_tiny_model(tmp_path_factory.mktemp("models") / "tiny")), precision="float32")
    yield engine
    engine.close()


@pytest.mark.parametrize("strategy", ["paper", "reference"])
def test_every_cell_is_a_single_cold_run(engine, strategy):
    tasks = TaskSet("own", (Task("a", "1+1?", "2"), Task("b", "name 9 primes", "9")), MathGrader())
    run = Settings(strategy=strategy, temperature=0.9, max_new_tokens=10)
    plan = SweepPlan(run, (2.95, 2.975, 2.985, 3.0), (1, 3, 8), seed=5)
    records = [told.record for told in Sweep(engine, tasks, plan).run() if isinstance(told, PromptFinished)]
    numbers_of_sequences = set()
    for walk, settings in enumerate(plan.walks):
        scores, outcomes, num_nodes = slow_cells(engine, tasks, plan, settings)
        for record, score, outcome, nodes in zip(records, scores, outcomes, num_nodes, strict=True):
            walked = record.walks[walk]
            assert record.score(walk) == score
            assert (walked.num_forks, walked.full_tokens, walked.num_nodes) == (
                outcome.num_forks, outcome.full_tokens, nodes,
            )  # fmt: skip
            numbers_of_sequences.add(score.num_sequences)
    assert len(numbers_of_sequences) > 2
    tasks.close()
