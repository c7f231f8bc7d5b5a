"""Reruns that would repeat the run before them, token for token, are never begun: told by running them all the same."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eager_core import Exploration, Settings
from eager_core.experiment import Experiment, Plan
from eager_core.experiment.records import token_paths
from eager_core.experiment.work import PromptWork, repeats_former_run
from tests.experiment.tiny_tasks import tiny_engine, tiny_tasks


@settings(max_examples=40, deadline=None)
@given(
    strategy=st.sampled_from(["paper", "reference", "percentile"]),
    theta=st.sampled_from([0.0, 0.6, 1.2, 2.0, 4.0]),
    max_sequences=st.sampled_from([1, 2, 5, 31, 32, 40]),
    num_extra=st.integers(1, 20),
    lowers=st.booleans(),
    number=st.integers(0, 5),
)
def test_what_is_skipped_would_have_added_nothing(strategy, theta, max_sequences, num_extra, lowers, number):
    before = Settings(theta, max_sequences, 1.0, max_new_tokens=6, strategy=strategy)
    experiment = Experiment(tiny_engine(), tiny_tasks(6), Plan(before, ("init",)))
    list(experiment.run())
    former = experiment.records["init"][number]
    now = replace(before, max_sequences=max_sequences + num_extra, theta=theta * (0.8 if lowers else 1.0))
    if repeats_former_run(before, now, former):
        exploration = Exploration(tiny_engine(), experiment.tasks.tasks[number].prompt)
        list(exploration.run(before))
        first = token_paths(exploration.tree)
        list(exploration.run(now))
        assert token_paths(exploration.tree) == first


@pytest.mark.parametrize(
    ("strategy", "theta", "begins"), [("paper", 1.2, True), ("paper", 0.0, False), ("percentile", 1.2, False)]
)
def test_a_lower_theta_counts_only_where_it_is_looked_at(strategy, theta, begins):
    before = Settings(theta, 30, 1.0, max_new_tokens=4, strategy=strategy)
    experiment = Experiment(tiny_engine(), tiny_tasks(3), Plan(before, ("init",)))
    list(experiment.run())
    former = replace(experiment.records["init"][0], others=())
    assert len(former.sequences) < 30
    assert repeats_former_run(before, replace(before, theta=0.8 * theta, max_sequences=33), former) is not begins


def test_no_run_begins_without_a_free_place(monkeypatch):
    begun = []
    run = PromptWork._take

    def take(self, exploration, run_settings):
        begun.append((self._stage, self._number, len(self._kept), self._most_sequences))
        run(self, exploration, run_settings)

    monkeypatch.setattr(PromptWork, "_take", take)
    plan = Plan(Settings(1.4, 4, 1.0, max_new_tokens=6), ("init", "adapt", "full"), rules="reference")
    list(Experiment(tiny_engine(), tiny_tasks(12), plan).run())
    assert any(stage == "full" for stage, *_ in begun)
    assert all(num_kept < most for _, _, num_kept, most in begun)
