"""Cuts in Python: as many characters as a reader counts, none divided."""

from hypothesis import given
from hypothesis import strategies as st

from components.tree.graphemes import clip, clip_start, split

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
TEXTS = st.lists(st.sampled_from([*"ab \n\u0301\u200d🇳🇱👩🏽क", FAMILY, "e\u0301"]), max_size=30).map("".join)


def test_cuts():
    assert clip(FAMILY * 4, 3) == FAMILY * 2 + "…"
    assert clip("short", 5) == "short"
    assert clip_start("ab" + FAMILY * 2, 2) == FAMILY * 2
    assert clip_start("ab", 5) == "ab"


@given(TEXTS, st.integers(1, 12))
def test_a_cut_keeps_whole_characters_from_either_end(text, most):
    characters = split(text)
    assert clip(text, most) == (text if len(characters) <= most else "".join(characters[: most - 1]) + "…")
    # From the end a flag's second half may look like a first one: what is kept is the end of the text all the same.
    assert text.endswith(clip_start(text, most))
    assert len(split(clip_start(text, most))) <= most
