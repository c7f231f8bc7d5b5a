"""Bytes of tokens that are part of a character, as a reader sees them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eager_core.unfinished import own_bytes, shown_text


@pytest.mark.parametrize(
    ("text", "token_bytes", "shown"),
    [
        ("", b"\xf0", "⟨F0⟩"),
        ("", b"\x9f\x98", "⟨9F 98⟩"),
        ("😀", b"\x80", "😀"),  # its last byte shows the character that it ends
        (" ", b" \xe2\x9c", " ⟨E2 9C⟩"),
        ("✔!", b"\x94!", "✔!"),
        ("😀", b"\x80\xf0\x9f", "😀⟨F0 9F⟩"),
        ("", b"\xc3", "⟨C3⟩"),
        ("\ufffd", b"\x9f", "⟨9F⟩"),  # makes no character after what stands before it
        ("\ufffda", b"\x9f\x98a", "⟨9F 98⟩a"),
        ("Hello", b" Hello", "Hello"),  # the first space of a text is left out
        ("a", None, "a"),
        ("", None, ""),
    ],
)
def test_a_token_shows_its_text_and_then_what_waits_for_more(text, token_bytes, shown):
    assert shown_text(text, token_bytes) == shown


@given(st.binary(max_size=6), st.text(max_size=3))
def test_any_bytes_are_shown(token_bytes, text):
    shown = shown_text(text, token_bytes)
    shown.encode()
    assert shown or not text
    assert shown or token_bytes.decode() is not None  # whole characters may add nothing: a first space is left out


def test_bytes_are_told_only_where_the_text_does_not_say_them():
    assert own_bytes("é", "é".encode()) is None and own_bytes("é", None) is None
    assert own_bytes("", b"\xc3") == b"\xc3"
