"""What the page is told of A, the pinned tree, and of A and B beside each other.

    {"pin": 1764, "run": 3, "running": false,
     "pinned": {"delta": {...}, "link": "theta=1.5&prompt=..."},
     "compared": {"sentence": "After ' is', A forks and B does not: ...", "shared_a": [[0, 12]], "shared_b": [[0, 12]],
                  "mark_a": 11, "mark_b": 11, "caption_a": [...], "caption_b": [...], "rows": [...]}}

`pin` is the number of the pinned tree, null where none is; `run` the run that A was compared with, and `running`
whether more of it may come. `pinned` is told only to a page that does not have this tree yet, so whatever message is
lost, the next one makes up for it. Shared nodes are stretches [first, how many]; marks are the nodes after which the
trees part first, null where they do not.
"""

import json
from collections.abc import Iterable
from typing import Any

from components.comparing.captions import caption_of
from components.comparing.linking import query_of
from components.comparing.pinning import started_of
from components.inspector.inspection import known_after
from components.tree.growth import Known, stretches
from components.visitors.session import Session, Shown
from eager_core.comparing import Comparison, compare
from eager_core.comparing.sentences import PredictionOf
from eager_core.exploration import Exploration
from eager_core.prediction import Prediction
from eager_core.tree import TokenTree

_EVERYTHING = Known(0, 1, 1, 0, 0)
_MINUS = "−"


def told(session: Session, has: int) -> str:
    """Return the message of this moment as JSON. O(nodes).

    Args: has: the number of the pinned tree that the page has; 0 for none.
    """
    pinned, shown = session.pinned, session.shown
    if pinned is None:
        return json.dumps({"pin": None})
    running = shown.growth.running  # before the tree is looked at, so that no part of one passes for the whole
    compared = told_of_two(pinned, shown.growth.snapshot())
    message = {"pin": pinned.run, "run": shown.run, "running": running, "compared": compared}
    if has != pinned.run:
        message["pinned"] = told_of_pinned(pinned)
    return json.dumps(message, ensure_ascii=False, separators=(",", ":"))


def told_of_pinned(pinned: Shown) -> dict[str, Any]:
    """Return the pinned tree: its one delta, and what stands for it in the page's address."""
    link = "" if pinned.asked is None else query_of(started_of(pinned), pinned.asked)
    return {"delta": json.loads(pinned.growth.catch_up(_EVERYTHING)), "link": link}


def told_of_two(pinned: Shown, tree: TokenTree) -> dict[str, Any]:
    """Return what is to be said of A and of `tree`, a snapshot of B."""
    a = pinned.growth.tree
    compared = compared_with(pinned, tree)
    alignment, divergence = compared.alignment, compared.divergence
    where = (divergence.node_a, divergence.node_b) if divergence is not None else (-1, -1)
    return {
        "sentence": compared.sentence,
        "shared_a": stretches(sorted(alignment.shared_nodes_a)),
        "shared_b": stretches(sorted(alignment.shared_nodes_b)),
        "mark_a": where[0] if where[0] >= 0 else None,
        "mark_b": where[1] if where[1] >= 0 else None,
        "caption_a": caption_of(started_of(pinned), compared.settings),
        "caption_b": [] if tree.started is None else caption_of(tree.started, compared.settings),
        "rows": _rows(a, tree, compared),
    }


def compared_with(pinned: Shown, tree: TokenTree) -> Comparison:
    """Return A and `tree` compared, with what the model said in A where the session still remembers it."""
    return compare(pinned.growth.tree, tree, _prediction_of(pinned.growth.tree, pinned.exploration))


def _prediction_of(tree: TokenTree, exploration: Exploration | None) -> PredictionOf:
    def prediction_of(node_id: int) -> Prediction | None:
        known = known_after(exploration, tree.path(node_id))
        return known.prediction if known is not None else None

    return prediction_of


def _rows(a: TokenTree, b: TokenTree, compared: Comparison) -> list[list[str]]:
    """Return the table's rows, each a name, what A has, what B has, and B less A."""
    ledgers, difference = (compared.ledger_a, compared.ledger_b), compared.difference
    rows = [
        ["tokens generated", *_counts(*(ledger.generated_tokens for ledger in ledgers))],
        ["prefix tokens reused", *_counts(*(ledger.reused_prefix_tokens for ledger in ledgers))],
        ["sequences", *_counts(*(len(tree.kept_sequences) for tree in (a, b)))],
        ["forks", *_counts(*(len(tree.forks) for tree in (a, b)))],
        ["saved", *(_percent(ledger) for ledger in ledgers), _points(100 * difference.saved_fraction)],
    ]
    # Until a run has finished nobody knows what it cost.
    passes = [tree.finished.forward_passes if tree.finished else None for tree in (a, b)]
    return [*rows, ["passes made", *_counts(*passes)]]


def _counts(a: int | None, b: int | None) -> Iterable[str]:
    difference = "–" if a is None or b is None else _signed(f"{abs(b - a):,}", b - a)
    return *("–" if count is None else f"{count:,}" for count in (a, b)), difference


def _percent(ledger: Any) -> str:
    return f"{100 * ledger.saved_fraction:.0f} %".replace("-", _MINUS) if ledger.parallel_tokens else "–"


def _points(points: float) -> str:
    return _signed(f"{abs(points):.0f} points", round(points))


def _signed(text: str, of: float) -> str:
    return text if of == 0 else f"{'+' if of > 0 else _MINUS}{text}"
