"""A model is known by its weights and configuration, not by where they lie."""

import shutil

import pytest
import torch

from eager_core.models import load_model
from tests.models.tiny import save_tiny_model, tiny_llama


@pytest.fixture(scope="module")
def first(tmp_path_factory):
    return save_tiny_model(tmp_path_factory.mktemp("first") / "tiny")


def test_the_same_files_elsewhere_are_the_same_model(first, tmp_path):
    shutil.copytree(first, tmp_path / "other-name")
    digests = {load_model(str(place)).weights_digest for place in (first, first, tmp_path / "other-name")}
    assert len(digests) == 1 and len(digests.pop()) == 32


@pytest.mark.parametrize("layer", ["model.layers.0.self_attn.q_proj", "model.norm", "lm_head"])
def test_a_model_trained_on_in_one_layer_is_another(first, tmp_path, layer):
    """Same folder name, same shapes, same sizes of files."""
    other = shutil.copytree(first, tmp_path / "tiny")
    model = tiny_llama()
    with torch.no_grad():
        weight = model.get_submodule(layer).weight
        weight += 1e-3 * torch.randn(weight.shape, generator=torch.Generator().manual_seed(1))
    model.save_pretrained(other)
    sizes = [[file.stat().st_size for file in sorted(folder.iterdir())] for folder in (first, other)]
    assert sizes[0] == sizes[1]
    assert load_model(str(first)).name == load_model(str(other)).name
    assert load_model(str(first)).weights_digest != load_model(str(other)).weights_digest


def test_another_configuration_of_the_same_weights_is_another_model(first, tmp_path):
    other = shutil.copytree(first, tmp_path / "tiny")
    model = tiny_llama()
    model.config.rms_norm_eps = 1e-3
    model.save_pretrained(other)
    assert load_model(str(first)).weights_digest != load_model(str(other)).weights_digest
