"""What a layer sees is what its own masks would have let it see."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from transformers import masking_utils

from eager_core.local.masks import UnknownMask, tree_mask, window_of


def test_a_causal_mask_has_no_window():
    assert window_of(tree_mask(masking_utils.causal_mask_function), told=7) is None


@given(window=st.integers(1, 5000))
def test_a_sliding_window_is_told_by_its_mask(window):
    mask = masking_utils.sliding_window_causal_mask_function(window)
    assert window_of(tree_mask(mask, local_size=window), told=None) == window


@pytest.mark.parametrize("size", [3, 100, 4096])
def test_chunks_are_no_window(size):
    mask = masking_utils.chunked_causal_mask_function(size, torch.zeros(1, dtype=torch.int64))
    with pytest.raises(UnknownMask, match=f"something else than a sliding window of {size}"):
        tree_mask(mask, local_size=size)


def test_masks_that_look_ahead_or_hide_the_past_are_refused():
    with pytest.raises(UnknownMask, match="something else than whole paths"):
        tree_mask(masking_utils.bidirectional_mask_function)
    hidden = masking_utils.and_masks(masking_utils.causal_mask_function, lambda batch, head, query, key: key != 1)
    with pytest.raises(UnknownMask, match="something else"):
        tree_mask(hidden)
    # Off by one at its end: as if a token's own place were not counted.
    with pytest.raises(UnknownMask, match="something else"):
        tree_mask(masking_utils.sliding_window_causal_mask_function(9), local_size=8)


def test_a_mask_of_the_models_own_is_no_mark():
    with pytest.raises(UnknownMask, match="masks of its own"):
        window_of(torch.zeros(1, 1, 4, 4), told=None)


def test_without_any_mask_the_argument_holds():
    assert window_of(None, told=5) == 5 and window_of(None, told=None) is None
