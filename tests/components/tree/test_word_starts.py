"""Words: pieces that belong together are merged, and nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.tree.word_starts import begins_word


def words(pieces: list[str]) -> list[str]:
    merged: list[str] = []
    for before, piece in zip(["\n", *pieces], pieces, strict=False):
        if not merged or begins_word(piece, before):
            merged.append(piece)
        else:
            merged[-1] += piece
    return merged


@pytest.mark.parametrize(
    ("pieces", "expected"),
    [
        ([" light", "house", " keep", "er", ","], [" lighthouse", " keeper,"]),
        (["Yes", ".", "\n", "\n", "No"], ["Yes.", "\n", "\n", "No"]),
        ([" é", "", "t", "é"], [" été"]),
        ([" end", "<|im_end|>"], [" end", "<|im_end|>"]),
        (["<think>", "so"], ["<think>", "so"]),
        ([" 17", " +", " 2", "5"], [" 17", " +", " 25"]),
    ],
)
def test_pieces_of_a_word_are_merged(pieces, expected):
    assert words(pieces) == expected


@given(st.lists(st.text(max_size=4), max_size=12))
def test_no_text_is_lost_and_no_word_holds_white_space_inside(pieces):
    merged = words(pieces)
    assert "".join(merged) == "".join(pieces)
    for piece, before in zip(pieces[1:], pieces, strict=False):
        assert begins_word(piece, before) or not piece[:1].isspace()
