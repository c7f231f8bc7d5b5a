"""Everything that is to be said of two trees beside each other."""

from dataclasses import asdict, dataclass
from typing import Any

from eager_core.comparing.alignment import Alignment, align
from eager_core.comparing.divergence import Divergence, first_divergence
from eager_core.comparing.sentences import PredictionOf, sentence_of
from eager_core.tree import Ledger, TokenTree


@dataclass(frozen=True)
class Difference:
    """B less A, in what each came to."""

    generated_tokens: int
    reused_prefix_tokens: int
    parallel_tokens: int
    saved_fraction: float
    forward_passes: int
    seconds: float
    num_sequences: int
    num_forks: int


@dataclass(frozen=True)
class Comparison:
    """Two trees, A and B."""

    alignment: Alignment
    divergence: Divergence | None
    """None where they are of the same tokens and sequences."""
    sentence: str
    """Where they part first and why, or that they don't."""
    settings: dict[str, tuple[Any, Any]]
    """What was asked for otherwise, by name: the value in A and in B, None where it is unknown."""
    ledger_a: Ledger
    ledger_b: Ledger
    difference: Difference


def compare(a: TokenTree, b: TokenTree, prediction_of: PredictionOf | None = None) -> Comparison:
    """Return what two trees share, where they part first and why, and what B cost more or less. O(nodes).

    Neither is changed; one that still grows is compared as it stands now. Swapped, they give the same with A and B
    swapped.

    Args:
        prediction_of: what the model said after a node of A, where somebody remembers: for measures of uncertainty that
            a tree does not hold.
    """
    a, b = a.snapshot(), b.snapshot()
    alignment = align(a, b)
    divergence = first_divergence(a, b, alignment)
    if divergence is None:
        sentence = "A and B are the same tree." if a.started else "Neither A nor B has begun."
    else:
        sentence = sentence_of(divergence, a, b, alignment, prediction_of)
    return Comparison(alignment, divergence, sentence, _asked(a, b), a.ledger(), b.ledger(), _difference(a, b))


def _asked(a: TokenTree, b: TokenTree) -> dict[str, tuple[Any, Any]]:
    if a.started is None or b.started is None:
        return {}
    asked = [
        {"model": started.model, "prompt": started.prompt, "seed": started.seed}
        | {name: started.known(name) for name in started.settings.__dataclass_fields__}
        for started in (a.started, b.started)
    ]
    return {name: (asked[0][name], asked[1][name]) for name in asked[0] if asked[0][name] != asked[1][name]}


def _difference(a: TokenTree, b: TokenTree) -> Difference:
    ledgers = asdict(a.ledger()), asdict(b.ledger())
    return Difference(
        **{name: ledgers[1][name] - ledgers[0][name] for name in ledgers[0]},
        num_sequences=len(b.kept_sequences) - len(a.kept_sequences),
        num_forks=len(b.forks) - len(a.forks),
    )
