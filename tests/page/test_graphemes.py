"""No character is divided: not between tokens that write it together, and not by a cut."""

import pytest

from tests.page.test_tree_logic import in_node

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
TEXTS = [
    ["The", " family ", "\U0001f468", "\u200d", "\U0001f469", "", "\u200d\U0001f467", " sleeps"],
    ["e", "\u0301", "\u0302", "te"],
    ["🇳", "🇱", "🇧🇪🇳", "🇱", " ok"],
    ["क", "\u094d", "ष", "ि", "\u0301"],
    ["👍", "🏽", "\n", "\r", "\n", "x"],
    ["", "", "a", "", "\u200c", "b", " "],
    ["می", "\u200c", "خواهم"],
    [FAMILY, FAMILY[:2], FAMILY[2:], "!"],
]
JOIN = """
return given[0].map((texts) => {
  const joined = new eager.Joined();
  const pieces = [];
  for (const text of texts) {
    const own = joined.add(text);
    for (let at = pieces.length - 1, left = own.taken; left > 0; at--) {
      const here = Math.min(left, pieces[at].length);
      pieces[at] = pieces[at].slice(0, pieces[at].length - here);
      left -= here;
    }
    pieces.push(own.text);
  }
  return { pieces, characters: eager.split(texts.join("")) };
});
"""


def test_a_character_is_the_token_s_that_completes_it():
    for texts, seen in zip(TEXTS, in_node(JOIN, TEXTS), strict=True):
        ends, length = [], 0
        for text in texts:
            length += len(text)
            ends.append(length)
        # The slow twin divides the whole text, and gives each character to the first token that ends no earlier.
        expected, end = [""] * len(texts), 0
        for character in seen["characters"]:
            end += len(character)
            expected[next(index for index, reached in enumerate(ends) if reached >= end)] += character
        assert seen["pieces"] == expected


@pytest.mark.parametrize(
    ("text", "most", "clipped"),
    [
        ("letters", 7, "letters"), ("letters", 4, "let…"),
        (FAMILY * 3, 3, FAMILY * 3), (FAMILY * 4, 3, FAMILY * 2 + "…"),
        ("e\u0301" * 5, 3, "e\u0301e\u0301…"), ("🇳🇱🇧🇪🇩🇪", 2, "🇳🇱…"),
    ],
)  # fmt: skip
def test_a_cut_divides_no_character(text, most, clipped):
    assert in_node("return eager.clip(...given);", text, most) == clipped


def test_the_end_of_a_text_divides_no_character():
    assert in_node("return eager.clipStart(...given);", "ab" + FAMILY * 2, 2) == FAMILY * 2
