"""Two trees and what is to be said of them beside each other, as one JSON file."""

import json
from dataclasses import asdict
from typing import Any

from components.comparing.telling import compared_with
from components.visitors.session import Shown
from eager_core.traces import trace_of, trace_to_json
from eager_core.tree import TokenTree


def comparison_json(pinned: Shown, tree: TokenTree) -> str:
    """Return {a, b, comparison} as JSON text: two traces, A's and that of `tree`, which is B, and how they compare.

    `comparison` holds the sentence; `divergence`, null where there is none; `settings`, what was asked for otherwise,
    each [in A, in B]; `shared_nodes`, each [node of A, node of B]; both ledgers; and `difference`, B less A.

    Raises:
        TraceError: a tree holds no run, or can't be written down.
    """
    a = pinned.growth.tree
    traces = {name: json.loads(trace_to_json(trace_of(side))) for name, side in (("a", a), ("b", tree))}
    compared = compared_with(pinned, tree)
    comparison: dict[str, Any] = {
        "sentence": compared.sentence,
        "divergence": compared.divergence and asdict(compared.divergence),
        "settings": compared.settings,
        "shared_nodes": sorted(compared.alignment.pairs),
        "ledger_a": asdict(compared.ledger_a),
        "ledger_b": asdict(compared.ledger_b),
        "difference": asdict(compared.difference),
    }
    return json.dumps({**traces, "comparison": comparison}, ensure_ascii=False, indent=1, allow_nan=False)
