"""What an engine keeps, and for how long: no more than it says, and nothing for explorations that are gone."""

import gc
import threading
import weakref

import numpy as np
import pytest
import torch
from transformers import LlamaConfig

from eager_core import Exploration, ModelError, Settings
from eager_core.local.batch import Batch
from eager_core.local.loading import engine_of
from tests.local.test_families import loaded
from tests.local.test_parity import SIZES
from tests.local.tiny_engine import engine_for, random_model

MODEL = random_model(LlamaConfig(**SIZES))
WIDE = Settings(theta=1.0, max_sequences=8, max_new_tokens=12)


def storage_bytes(tensors) -> int:
    """Bytes that stay allocated because of these tensors: whole storages, each once."""
    storages = {tensor.untyped_storage().data_ptr(): tensor.untyped_storage().nbytes() for tensor in tensors}
    return sum(storages.values())


def buffer_bytes(array: np.ndarray) -> int:
    """Bytes that stay allocated because of an array: those of the one that it is a view of."""
    while isinstance(array.base, np.ndarray):
        array = array.base
    return array.nbytes


def test_what_is_kept_of_a_node_holds_no_more_than_itself():
    exploration = Exploration(engine_for(MODEL), "5 17 3")
    list(exploration.run(WIDE))
    memory = exploration.knowledge._memory
    kept = list(memory.hidden.values())
    assert len(kept) > 20
    assert storage_bytes(kept) == len(kept) * SIZES["hidden_size"] * 4
    for node in exploration.knowledge.nodes:
        if node.prediction is not None:
            for array in (node.prediction.token_ids, node.prediction.logprobs):
                assert buffer_bytes(array) == array.nbytes == 64 * 8


def test_a_shared_pass_leaves_nobody_with_the_logits_of_others():
    engine = engine_for(MODEL)
    explorations = [Exploration(engine, "5 17 3"), Exploration(engine, "9 9 1 4")]
    for exploration in explorations:
        list(exploration.run(Settings(max_sequences=1, max_new_tokens=2)))
    memories = [exploration.knowledge._memory for exploration in explorations]
    leaves = [next(iter(exploration.knowledge.root.children.values())) for exploration in explorations]
    nodes = [exploration.knowledge.child(leaf, 1) for exploration, leaf in zip(explorations, leaves, strict=True)]
    Batch(engine._pool, engine._forward).predict([(m, [n]) for m, n in zip(memories, nodes, strict=True)])
    for memory, node in zip(memories, nodes, strict=True):
        assert storage_bytes(memory.latest_logits.values()) == SIZES["vocab_size"] * 4
        assert torch.isfinite(memory.latest_logits[node.index]).all()


def test_dropped_explorations_hold_nothing():
    engine = engine_for(MODEL)
    for seed in range(20):
        exploration = Exploration(engine, f"5 17 {seed}", seed)
        list(exploration.run(WIDE))
        assert engine._pool.num_held > 0
    del exploration
    gc.collect()
    assert engine._pool.num_held == 0 and engine.held_bytes == 0


def test_an_exploration_dropped_during_a_pass_is_freed_after_it(monkeypatch):
    engine = engine_for(MODEL)
    dropped = [Exploration(engine, "5 17 3")]
    list(dropped[0].run(WIDE))
    goes_on = Exploration(engine, "9 9 1")
    plain = engine._forward.decode

    def decode(*asked):
        # In the thread that holds the store, as where Python's own tidying happens to come by.
        dropped.clear()
        gc.collect()
        return plain(*asked)

    monkeypatch.setattr(engine._forward, "decode", decode)
    list(goes_on.run(Settings(max_sequences=1, max_new_tokens=3)))
    owners = {id(block.owner) for block in engine._pool._held}
    assert owners == {id(goes_on.knowledge._memory.rows)}


def test_an_exploration_is_closed_by_its_with_and_by_hand_and_twice():
    engine = engine_for(MODEL)
    with Exploration(engine, "5 17 3") as exploration:
        list(exploration.run(WIDE))
        num_nodes = exploration.tree.num_nodes
    assert engine._pool.num_held == 0
    exploration.close()
    exploration.close()
    assert exploration.tree.num_nodes == num_nodes
    for ask in (
        lambda: exploration.knowledge.logprobs(exploration.knowledge.root),
        lambda: list(exploration.run(Settings(theta=0.1, max_sequences=8, max_new_tokens=30))),
    ):
        with pytest.raises(ModelError, match="closed"):
            ask()


def test_memories_are_freed_from_many_threads_at_once():
    engine = engine_for(MODEL)

    def visit(seed):
        for turn in range(4):
            exploration = Exploration(engine, f"5 {seed} {turn}", seed)
            list(exploration.run(Settings(theta=2.0, max_sequences=3, max_new_tokens=4)))
            if turn % 2:
                exploration.close()

    threads = [threading.Thread(target=visit, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    gc.collect()
    assert engine._pool.num_held == 0


def test_a_closed_engine_holds_nothing_and_says_so():
    # As `load_engine` does, whose caller has the engine and nothing of what it is made of.
    engine = engine_of(loaded(MODEL), block_rows=4)
    model = weakref.ref(engine._forward._model)
    explorations = [Exploration(engine, f"5 17 {seed}") for seed in range(3)]
    running = explorations[0].run(WIDE)
    for _ in range(20):
        next(running)
    list(explorations[1].run(WIDE))
    assert engine.is_used and engine.num_bytes > sum(tensor.nbytes for tensor in MODEL.parameters())
    engine.close()
    engine.close()
    assert model() is None
    assert (engine._pool.num_held, engine.kept_bytes, engine.is_used) == (0, 0, False)
    num_nodes = explorations[0].tree.num_nodes
    asks = [
        lambda: list(running),
        lambda: list(explorations[1].run(Settings(theta=0.3, max_sequences=8, max_new_tokens=30))),
        lambda: list(explorations[2].run(WIDE)),
        lambda: explorations[1].knowledge.logprobs(explorations[1].knowledge.root),
        lambda: Exploration(engine, "1 2"),
    ]
    for ask in asks:
        with pytest.raises(ModelError, match="The model llama was closed; load it again"):
            ask()
    assert explorations[0].tree.num_nodes >= num_nodes
    for exploration in explorations:
        exploration.close()


def test_an_engine_is_used_for_as_long_as_an_exploration_of_it_is():
    engine = engine_for(MODEL)
    assert not engine.is_used
    first, second = Exploration(engine, "5 17 3"), Exploration(engine, "9 9")
    first.close()
    assert engine.is_used
    del second
    assert not engine.is_used
