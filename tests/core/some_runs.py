"""Hypothesis strategies: settings, and small models, that give trees worth looking at."""

from hypothesis import strategies as st

from eager_core import Settings
from tests.scripted_engine import ScriptedEngine, hashed_logprobs

some_settings = st.builds(
    Settings,
    theta=st.sampled_from([0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 4.0]),
    max_sequences=st.integers(1, 12),
    temperature=st.sampled_from([0.0, 0.3, 0.6, 1.0, 1.7]),
    top_p=st.sampled_from([0.3, 0.9, 0.95, 1.0]),
    max_new_tokens=st.integers(1, 10),
    cap=st.sampled_from(["total", "active"]),
)

any_settings = st.builds(
    Settings,
    strategy=st.sampled_from(["paper", "reference", "percentile", "parallel", "greedy"]),
    theta=st.sampled_from([0.0, 0.5, 1.0, 1.5, 2.0]),
    max_sequences=st.integers(1, 12),
    temperature=st.sampled_from([0.0, 0.6, 1.7]),
    max_new_tokens=st.integers(1, 10),
    dynamic_threshold=st.booleans(),
    percentile=st.sampled_from([0.0, 0.5, 0.8, 1.0]),
    num_candidate_branches=st.integers(2, 6),
)
"""Of every strategy."""

some_engines = st.builds(
    lambda vocabulary_size, spread, eos_logit, num_kept: ScriptedEngine(
        hashed_logprobs(vocabulary_size, spread, eos_logit), num_kept=num_kept
    ),
    vocabulary_size=st.integers(3, 80),
    spread=st.sampled_from([0.5, 3.0, 6.0]),
    eos_logit=st.sampled_from([-3.0, 1.0]),
    num_kept=st.sampled_from([20, 64]),
)
