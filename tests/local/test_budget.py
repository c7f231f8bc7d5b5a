"""A memory that is smaller than the model's context caps the context, and says so; senseless ones are refused."""

import psutil
import pytest
import torch
from transformers import LlamaConfig

from components.frame.notices import engine_html
from eager_core import Exploration, ModelError, PromptError, Settings
from eager_core.errors import MemoryShortError
from eager_core.local import hardware
from eager_core.local.budget import budget_of
from eager_core.local.cache import TreeCache
from eager_core.local.loading import engine_of
from tests.local.test_families import loaded
from tests.local.test_parity import SIZES, compare_with_plain_forward
from tests.local.tiny_engine import random_model

MIB = 2**20
MODEL = random_model(LlamaConfig(**SIZES))
ROW_BYTES = 4 * 2 * 2 * 8 * 4
"""Layers, keys and values, key heads, numbers in a head, bytes of a float32."""


def kept_bytes_of_a_sequence(num_tokens: int, row_bytes: int) -> int:
    """Rows, and the 64 most likely tokens with their log-probabilities after each."""
    return num_tokens * (row_bytes + 64 * 16)


@pytest.mark.parametrize("model_context", [2048, 131_072, 1_048_576])
@pytest.mark.parametrize("mib", [64, 512, 4096])
def test_what_is_kept_of_the_longest_sequence_fits_the_budget(mib, model_context):
    row_bytes = 2 * 32 * 8 * 128 * 2  # of an 8B model in bfloat16
    budget = budget_of(mib * MIB, row_bytes, model_context, 16)
    assert budget.num_blocks * 16 * row_bytes <= mib * MIB
    assert kept_bytes_of_a_sequence(budget.context_length, row_bytes) <= mib * MIB
    whole = kept_bytes_of_a_sequence(model_context, row_bytes) * 1.01 <= mib * MIB
    assert budget.context_length == model_context if whole else budget.context_length < model_context
    # And no more is given up than a hundredth, and what a block rounds off.
    used = kept_bytes_of_a_sequence(budget.context_length + 16, row_bytes)
    assert budget.context_length == model_context or used > 0.99 * mib * MIB


def test_a_budget_below_the_context_caps_it_and_says_so():
    engine = engine_of(loaded(MODEL), 160 * (ROW_BYTES + 1474), block_rows=4)
    assert (engine.context_length, engine.model_context_length) == (160, 512)
    assert engine_html(engine).endswith(", context 160 of 512: memory</p>")
    assert engine._pool.num_blocks * 4 * ROW_BYTES <= 160 * (ROW_BYTES + 1474)
    with pytest.raises(PromptError, match=r"160 of this model's context of 512.*EAGER_EXPLORER_KV_MIB"):
        Exploration(engine, "5 " * 160)
    # A sequence as long as what is left of the context is held, whatever the rest of the tree.
    exploration = Exploration(engine, "5 17 3")
    list(exploration.run(Settings(max_sequences=1, max_new_tokens=500)))
    (sequence,) = exploration.tree.sequences
    assert exploration.tree.num_tokens(sequence) == 157 and sequence.finish_reason == "length"
    compare_with_plain_forward(exploration, MODEL)


def test_a_budget_that_holds_the_context_leaves_it_whole():
    engine = engine_of(loaded(MODEL), 64 * MIB, block_rows=4)
    assert engine.context_length == engine.model_context_length == 512
    assert "context" not in engine_html(engine)


def test_too_little_for_any_answer_is_refused_with_what_would_do():
    with pytest.raises(ModelError, match=r"must hold at least 64; set EAGER_EXPLORER_KV_MIB to 9 or more"):
        budget_of(MIB, 128 * 1024, 131_072, 16)
    assert budget_of(9 * MIB, 128 * 1024, 131_072, 16).context_length >= 64


@pytest.mark.parametrize("nonsense", ["0", "00", "-5", "much", "1.5", "1e9", " ", "٣", "²", "nan", "0x10"])
def test_a_senseless_environment_is_refused_in_words(monkeypatch, nonsense):
    monkeypatch.setenv(hardware.MEMORY_VARIABLE, nonsense)
    with pytest.raises(ModelError, match=r"EAGER_EXPLORER_KV_MIB is .* but must be a whole number of MiB above 0"):
        engine_of(loaded(MODEL))


@pytest.mark.parametrize("nonsense", [0, -1, 1.5, True, "64"])
def test_a_senseless_argument_is_refused_in_words(nonsense):
    with pytest.raises(ModelError, match=r"memory_budget_bytes is .* but must be a whole number of bytes above 0"):
        engine_of(loaded(MODEL), nonsense)


def test_more_than_is_free_is_refused_in_words(monkeypatch):
    free = psutil.virtual_memory().available
    with pytest.raises(MemoryShortError, match=r"memory_budget_bytes is \d+, but only [\d,]+ MiB are free"):
        engine_of(loaded(MODEL), 2 * free)
    for huge in (str(2 * free // MIB), "1000000000", "9" * 40):
        monkeypatch.setenv(hardware.MEMORY_VARIABLE, huge)
        with pytest.raises(MemoryShortError, match=rf"EAGER_EXPLORER_KV_MIB is {huge}, but only [\d,]+ MiB are free"):
            engine_of(loaded(MODEL))


def test_the_default_is_a_quarter_of_what_the_container_leaves(monkeypatch):
    monkeypatch.delenv(hardware.MEMORY_VARIABLE, raising=False)
    monkeypatch.setattr(hardware, "free_memory_bytes", lambda: 100 * MIB)
    assert hardware.default_memory_budget_bytes(torch.device("cpu")) == 25 * MIB
    engine = engine_of(loaded(MODEL))
    assert engine._account._limit_bytes == 25 * MIB


def test_elsewhere_than_on_a_cpu_the_store_grows_with_what_is_used(monkeypatch):
    """Memory of a GPU is taken when it is asked for, so it is asked for step by step."""
    monkeypatch.setattr("eager_core.local.cache._is_given_page_by_page", lambda device: False)
    engine = engine_of(loaded(MODEL), 16 * MIB, block_rows=4)
    exploration = Exploration(engine, "5 17 3")
    sizes = []
    for max_new_tokens in (4, 40, 300):
        list(exploration.run(Settings(theta=2.0, max_sequences=4, max_new_tokens=max_new_tokens)))
        held = [states.shape[0] for layer in engine._forward._cache.layers for states in (layer.keys, layer.values)]
        needed = engine._pool._num_opened * 4
        assert len(set(held)) == 1 and needed <= held[0] <= max(2 * needed, 1024) <= engine._pool.num_blocks * 4
        sizes.append(held[0])
    assert sizes[0] < sizes[-1]
    compare_with_plain_forward(exploration, MODEL)


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB."),
        RuntimeError("[enforce fail at alloc_cpu.cpp:117] DefaultCPUAllocator: can't allocate memory: you tried"),
    ],
)
def test_memory_that_runs_out_in_a_pass_ends_the_run_in_words_and_keeps_the_tree(monkeypatch, error):
    engine = engine_of(loaded(MODEL), 16 * MIB, block_rows=4)
    exploration = Exploration(engine, "5 17 3")
    passes, plain = [], engine._forward.decode

    def decode(*asked):
        passes.append(asked)
        if len(passes) >= 5:
            raise error
        return plain(*asked)

    monkeypatch.setattr(engine._forward, "decode", decode)
    with pytest.raises(MemoryShortError, match=r"memory of this machine's cpu ran out.*EAGER_EXPLORER_KV_MIB"):
        list(exploration.run(Settings(max_sequences=1, max_new_tokens=9)))
    assert exploration.tree.num_nodes == 6
    monkeypatch.undo()
    list(exploration.run(Settings(max_sequences=1, max_new_tokens=9)))
    assert exploration.tree.num_nodes == 10


def test_a_store_never_grows_beyond_its_size():
    cache = TreeCache(1, 3000)
    with torch.device("meta"):
        layer = cache.layers[0]
        layer.lazy_initialization(torch.zeros(1, 2, 1, 8), torch.zeros(1, 2, 1, 8))
        sizes = []
        for needed in (1, 1024, 1025, 2000, 2049, 3000):
            cache.reserve(needed)
            sizes.append(len(layer.keys))
    assert sizes == [1024, 1024, 2048, 2048, 3000, 3000]
