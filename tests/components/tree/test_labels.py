"""Tokens made visible, and made harmless for Plotly."""

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from components.tree.labels import EMPTY_MARK, SPACE_MARK, as_it_reads, plotly_text, token_label

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
ENGLAND = "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f"


@pytest.mark.parametrize(
    ("text", "label"),
    [
        (" the", "‧the"), ("\n", "↵"), ("\t", "⇥"), ("", "◌"), ("<b>", "<b>"), ("\u202eabc", "[202E]abc"),
        ("\u200b", "[200B]"), ("\x00", "[0]"), ("é", "é"), ("汉", "汉"), ("👍", "👍"), ("\u3000", "[3000]"),
    ],
)  # fmt: skip
def test_every_character_can_be_seen(text, label):
    assert token_label(text) == label


@pytest.mark.parametrize(
    "text", [FAMILY, ENGLAND, "e\u0301", "❤\ufe0f", "👍🏽", "🇳🇱", "می\u200cخواهم", "क\u094d\u200dष", "1\ufe0f\u20e3"]
)
def test_what_makes_one_character_stays_together(text):
    assert token_label(text) == text
    assert token_label(f" {text}") == f"‧{text}"


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("\u200d", "[200D]"), ("👩\u200d", "👩[200D]"), ("a\u200db", "a[200D]b"), ("\u200d👧", "[200D]👧"),
        ("\u0301", "◌\u0301"), ("\U000e0067", "[E0067]"), ("a\u200c", "a[200C]"),
    ],
)  # fmt: skip
def test_a_part_of_a_character_is_named(text, label):
    assert token_label(text) == label


def test_long_tokens_are_cut():
    assert token_label("-" * 100, longest=8) == "-------…"
    assert token_label(FAMILY * 100, longest=3) == f"{FAMILY}{FAMILY}…"
    assert token_label(FAMILY * 3, longest=3) == FAMILY * 3


ALPHABET = st.sampled_from([*"ab \n\u200b\u200d\u200c\u0301\ufe0f\u3000\u202e🇳🇱👩🏽مक", "\ud83d", FAMILY, ENGLAND])


def test_a_skin_tone_does_not_join_the_sign_of_a_line_break():
    assert token_label("\n🏽a") == "↵◌🏽a" and token_label("\n🏽a", longest=2) == "↵…"
    assert token_label("🏽") == "🏽" and token_label("👍🏽") == "👍🏽"


@given(st.lists(ALPHABET, max_size=12).map("".join), st.integers(2, 6))
def test_a_label_is_never_empty_and_its_cut_divides_no_character(text, longest):
    whole, cut = token_label(text, longest=10_000), token_label(text, longest)
    assert whole
    assert not any(character in whole for character in "\n\u200b\u202e\u3000\ud83d ")
    if cut != whole:
        assert cut.endswith("…")
        # A boundary of the whole label, or of one of the signs that stand for what cannot be seen.
        ends = {0, *(found.end() for found in regex.finditer(r"\[[0-9A-F]+\]|\X", whole))}
        assert whole.startswith(cut[:-1]) and len(cut) - 1 in ends


@given(st.text(st.characters(), max_size=20))
def test_what_the_page_shows_is_the_text_as_far_as_utf_8_can_hold_it(text):
    held = ["\ufffd" if "\ud800" <= character <= "\udfff" else character for character in text]
    assert as_it_reads(text).encode("utf-8").decode() == "".join(held)


def test_plotly_reads_no_tag_and_no_entity():
    assert plotly_text("<b>&lt;") == "&lt;b&gt;&amp;lt;"


def test_a_token_that_is_part_of_a_character_shows_its_bytes():
    assert token_label("", token_bytes=b"\xe2\x9c") == "⟨E2 9C⟩"
    assert token_label(" ", token_bytes=b" \xe2\x9c") == f"{SPACE_MARK}⟨E2 9C⟩"
    assert token_label("✔", token_bytes=b"\x94") == "✔"
    assert token_label("") == EMPTY_MARK
