"""What-if with the real engine: the interval of temperatures, also where a draw lands beyond the kept tokens."""

from dataclasses import replace

import numpy as np
import pytest
from transformers import LlamaConfig

from eager_core import Exploration, Settings
from eager_core.what_if import WhatIf
from tests.local.test_parity import SIZES
from tests.local.tiny_engine import engine_for, random_model

MODEL = random_model(LlamaConfig(**SIZES))


def taken(tree):
    """Return tokens and sequences; the rule says otherwise at temperature 0 why a token was taken."""
    return [(node.parent, node.token_id) for node in tree.nodes()], tree.sequences


def cold(run_settings, seed):
    exploration = Exploration(engine_for(MODEL), "5 17 3", seed)
    list(exploration.run(run_settings))
    return exploration


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("temperature", [0.0, 0.6, 1.8])
def test_the_interval_of_temperatures_is_that_of_cold_runs(seed, temperature):
    here = Settings(theta=2.0, max_sequences=3, max_new_tokens=8, temperature=temperature, top_p=1.0)
    exploration = cold(here, seed)
    passes = exploration.knowledge.num_forward_passes
    same = WhatIf(exploration, here).same_tree("temperature")
    assert exploration.knowledge.num_forward_passes == passes
    expected = taken(exploration.tree)
    # A float32 pass of another shape rounds otherwise, by far less than these.
    inside = np.linspace(same.low + 1e-5, same.high - 1e-5, 4) if same.high - same.low > 1e-4 else []
    for value in inside:
        assert taken(cold(replace(here, temperature=float(value)), seed).tree) == expected
    for beyond, away in ((same.below, -1e-5), (same.above, 1e-5)):
        if beyond is not None and beyond + away > 0:
            assert taken(cold(replace(here, temperature=beyond + away), seed).tree) != expected
