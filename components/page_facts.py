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
from eager_core.events import FinishReason, Rule
from eager_core.settings import LARGEST_ENTROPY_NATS, TOP_K

RULE_WORDS: dict[Rule, str] = {
    "first": "fork, most probable",
    "second": "fork, second most probable",
    "further": "fork, a later token",
    "drawn": "drawn",
    "greedy": "most probable (greedy)",
    "full": "over theta, but no sequence was left",
    "spent": "over theta, but no branches were left",
    "ended": "drawn, ends the sequence",
    "guarded": "over theta, but the thinking had ended",
    "unmonitored": "drawn, not monitored",
    "by_hand": "put here by hand",
}
"""How the tree's tooltip tells why a token stands where it stands."""

_FINISH_WORDS = {
    "eos": "ended by itself",
    "length": "cut at the length limit",
    "stopped": "stopped",
    "pruned": "pruned",
    "unknown": "how it ended is not known",
}
FINISH_WORDS: dict[FinishReason, str] = {reason: _FINISH_WORDS[reason] for reason in get_args(FinishReason)}

_MARKS = (
    "Hollow: over θ, but all M sequences were taken. Hatched: not monitored. Faded: what earlier settings gave. "
    "At an end: ■ the text ended, | the length limit, × stopped, ◂ pruned, ○ not known."
)

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
    "finish_words": FINISH_WORDS,
    "space_mark": SPACE_MARK,
    "longest_context": LONGEST_CONTEXT,
    "in_link": ["prompt", *Controls.__dataclass_fields__],
    "pinned_in_link": NAME,
}
"""All values are JSON. Entropies are in nats; ticks are [place on the scale from 0 to 1, its name]."""
