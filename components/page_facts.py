"""What Python and the page's scripts must agree on, told to the page as one prop: no script holds a copy of it.

Every view is handed `PAGE_FACTS` (see `components.frame.view`), and a tree's own page holds it among its data; the
scripts read it as `facts` (assets/page/frame/facts.js).
"""

from typing import Any, get_args

from components.comparing.linking import NAME
from components.frame.controls import Controls
from components.inspector.inspection import LONGEST_CONTEXT
from components.tree.colors import DARK_RAMP, LIGHT_RAMP
from components.tree.growth import RULE_LETTERS
from components.tree.labels import SPACE_MARK
from components.tree.levels import LEVELS
from eager_core.anticipation import is_asked_for
from eager_core.events import FinishReason, Rule
from eager_core.settings import LARGEST_ENTROPY_NATS, TOP_K

RULE_WORDS: dict[Rule, str] = {
    "first": "fork, most likely",
    "second": "fork, second most likely",
    "further": "fork, a later token",
    "drawn": "drawn",
    "greedy": "most likely (greedy)",
    "full": "above theta, but M was reached",
    "spent": "above theta, but no branches were left",
    "ended": "drawn, ends the sequence",
    "guarded": "above theta, but the model had stopped thinking",
    "unmonitored": "drawn, not monitored",
    "by_hand": "added by hand",
}
"""How the tree's tooltip tells why a token stands where it stands."""

_FINISH_WORDS = {
    "eos": "ended on its own",
    "length": "cut at the length limit",
    "stopped": "stopped",
    "pruned": "pruned",
    "unknown": "ending unknown",
}
FINISH_WORDS: dict[FinishReason, str] = {reason: _FINISH_WORDS[reason] for reason in get_args(FinishReason)}

_MARKS = (
    "Hollow: above θ, but M was reached. Hatched: not monitored. Faded: from earlier settings. "
    "At an end: ■ ended, | cut at the length limit, × stopped, ◂ pruned, ○ unknown."
)

_JUDGED_MARKS = "After an end: ✓ the answer is right, ✗ it is wrong."
"""Added where answers are known."""

_letter = RULE_LETTERS.__getitem__

PAGE_FACTS: dict[str, Any] = {
    "ramps": {"light": LIGHT_RAMP, "dark": DARK_RAMP},
    "largest_entropy_nats": LARGEST_ENTROPY_NATS,
    "entropy_ticks": [[nats / LARGEST_ENTROPY_NATS, f"{nats}"] for nats in range(int(LARGEST_ENTROPY_NATS) + 1)]
    + [[1, f"ln {TOP_K}"]],
    "levels": LEVELS,
    "rules": {_letter(rule): words for rule, words in RULE_WORDS.items()},
    "fork_rules": "".join(map(_letter, ("first", "second", "further"))),
    "full_rule": _letter("full"),
    "unmonitored_rule": _letter("unmonitored"),
    "marks": _MARKS,
    "judged_marks": _JUDGED_MARKS,
    "finish_words": FINISH_WORDS,
    "space_mark": SPACE_MARK,
    "longest_context": LONGEST_CONTEXT,
    "looks_ahead": is_asked_for(),
    "in_link": ["prompt", *Controls.__dataclass_fields__],
    "pinned_in_link": NAME,
}
"""All values are JSON. Entropies are in nats; ticks are [place on the scale from 0 to 1, its name]."""
