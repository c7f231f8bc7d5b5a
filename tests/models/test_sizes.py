"""A model that the free memory does not hold is refused before it is tried, with what it needs and what there is."""

import json

import pytest
import torch
from safetensors.torch import load_file, save_file

from eager_core.errors import MemoryShortError, ModelError
from eager_core.models import conversion, load_model, sizes
from eager_core.models.refusals import refusal
from eager_core.models.sizes import check_gguf_fits, check_weights_fit
from tests.models.gguf_file import write_tiny_gguf
from tests.models.tiny import save_tiny_model, tiny_llama

NUM_WEIGHTS = sum(tensor.numel() for tensor in tiny_llama().state_dict().values())
CPU = torch.device("cpu")


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("EAGER_EXPLORER_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def free(monkeypatch):
    """Sets the memory that is free, in bytes."""
    return lambda num_bytes: monkeypatch.setattr(sizes, "free_memory_bytes", lambda: num_bytes)


def test_a_gguf_that_cannot_fit_is_refused_before_it_is_unpacked(tmp_path, free, monkeypatch):
    gguf = write_tiny_gguf(tmp_path / "tiny.gguf", tiny_llama())
    free(NUM_WEIGHTS * 4)
    monkeypatch.setattr(conversion, "AutoModelForCausalLM", None)
    with pytest.raises(MemoryShortError, match=r"tiny.gguf\" needs 0.2 MiB of memory to be unpacked, but 0.1 MiB are"):
        load_model(str(gguf))
    assert not list((tmp_path / "cache" / "models").glob("*/*"))


def test_a_gguf_that_fits_passes_and_a_broken_one_is_left_to_its_reader(tmp_path, free):
    gguf = write_tiny_gguf(tmp_path / "tiny.gguf", tiny_llama())
    free(int(NUM_WEIGHTS * 4 * 1.3))
    check_gguf_fits(gguf)
    for content in (b"", b"GGUF", gguf.read_bytes()[:300], b"not a model" * 99):
        broken = tmp_path / "broken.gguf"
        broken.write_bytes(content)
        check_gguf_fits(broken)


@pytest.mark.parametrize(("dtype", "size"), [(torch.float32, 4), (torch.bfloat16, 2)])
def test_weights_are_counted_in_the_precision_they_are_wanted_in(tmp_path, free, dtype, size):
    folder = save_tiny_model(tmp_path / "tiny")
    free(NUM_WEIGHTS * size)
    check_weights_fit("tiny", folder, dtype, CPU)
    free(NUM_WEIGHTS * size - 1)
    name = str(dtype).removeprefix("torch.")
    with pytest.raises(MemoryShortError, match=rf'The model "tiny" needs 0.\d MiB of memory in {name}, but .* smaller'):
        check_weights_fit("tiny", folder, dtype, CPU)


def test_the_sentence_counts_in_gib(tmp_path, free, monkeypatch):
    monkeypatch.setattr(sizes, "_num_weights", lambda file: 8_030_261_248)
    folder = save_tiny_model(tmp_path / "tiny")
    free(16 * 2**30)
    with pytest.raises(MemoryShortError, match=r"needs 29\.9 GiB of memory in float32, but 16\.0 GiB are free"):
        load_model(str(folder))
    check_weights_fit("tiny", folder, torch.bfloat16, CPU)


def test_shards_are_summed_and_copies_beside_them_are_not(tmp_path, free):
    folder = save_tiny_model(tmp_path / "tiny")
    weights = load_file(folder / "model.safetensors")
    names = sorted(weights)
    (folder / "model.safetensors").rename(folder / "consolidated.safetensors")
    shards = {"model-00001-of-00002.safetensors": names[:5], "model-00002-of-00002.safetensors": names[5:]}
    for file, held in shards.items():
        save_file({name: weights[name] for name in held}, folder / file, metadata={"format": "pt"})
    weight_map = {name: file for file, held in shards.items() for name in held}
    (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": weight_map}))
    free(NUM_WEIGHTS * 4)
    check_weights_fit("tiny", folder, torch.float32, CPU)
    free(NUM_WEIGHTS * 4 - 1)
    with pytest.raises(MemoryShortError):
        check_weights_fit("tiny", folder, torch.float32, CPU)


def test_what_cannot_be_counted_passes(tmp_path, free):
    free(0)
    folder = tmp_path / "odd"
    folder.mkdir()
    (folder / "model.safetensors").write_bytes(b"\x00" * 7)
    check_weights_fit("odd", folder, torch.float32, CPU)
    (folder / "model.safetensors.index.json").write_text("[1]")
    check_weights_fit("odd", folder, torch.float32, CPU)
    for hub_id in ("nobody/has-fetched-this", "no//id", "../.."):
        check_weights_fit(hub_id, hub_id, torch.float32, CPU)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (MemoryError(), MemoryShortError),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory"), MemoryShortError),
        (torch.OutOfMemoryError("CUDA out of memory."), MemoryShortError),
        (ValueError("odd"), ModelError),
    ],
)
def test_a_load_that_ran_out_of_memory_is_told_apart(error, kind):
    assert type(refusal("x", error)) is kind
