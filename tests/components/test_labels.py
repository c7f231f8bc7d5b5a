"""Tokens made visible, and made harmless for Plotly."""

import pytest

from components.labels import EMPTY_MARK, SPACE_MARK, plotly_text, token_label


@pytest.mark.parametrize(
    ("text", "label"),
    [
        (" the", "‧the"), ("\n", "↵"), ("\t", "⇥"), ("", "◌"), ("<b>", "<b>"), ("\u202eabc", "[202E]abc"),
        ("\u200b", "[200B]"), ("\x00", "[0]"), ("é", "é"), ("汉", "汉"), ("👍", "👍"),
    ],
)  # fmt: skip
def test_every_character_can_be_seen(text, label):
    assert token_label(text) == label


def test_long_tokens_are_cut():
    assert token_label("-" * 100, longest=8) == "-------…"


def test_plotly_reads_no_tag_and_no_entity():
    assert plotly_text("<b>&lt;") == "&lt;b&gt;&amp;lt;"


def test_a_token_that_is_part_of_a_character_shows_its_bytes():
    assert token_label("", token_bytes=b"\xe2\x9c") == "⟨E2 9C⟩"
    assert token_label(" ", token_bytes=b" \xe2\x9c") == f"{SPACE_MARK}⟨E2 9C⟩"
    assert token_label("✔", token_bytes=b"\x94") == "✔"
    assert token_label("") == EMPTY_MARK
