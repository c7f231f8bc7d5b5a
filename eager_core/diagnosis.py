"""What went wrong in a run, in words, and what to do: the failure signatures of the method."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from eager_core.settings import LARGEST_ENTROPY_NATS, Settings
from eager_core.tree import TokenTree

FindingKind = Literal["theta_never_forks", "theta_too_high", "repetition", "length_limit"]

LONGEST_PERIOD_TOKENS = 200
FEWEST_REPEATS = 3
SHORTEST_LOOP_TOKENS = 16
"""A list of three alike short words is no loop yet."""

FEW_SEQUENCES = 2
LOW_TEMPERATURE = 0.4
_SUGGESTED_PERCENTILE = 90
_LONGEST_SHOWN_CHARACTERS = 40


@dataclass(frozen=True)
class Finding:
    """One thing that went wrong."""

    kind: FindingKind
    what: str
    """One sentence with the numbers."""
    remedy: str
    """One sentence."""
    sequences: tuple[int, ...] = ()
    """Those it concerns; empty where it is the whole run."""


def diagnose(tree: TokenTree) -> list[Finding]:
    """Return what is wrong with a run, the gravest first; an empty list for a sound one, or for none.

    Costs O(tokens * period) where a sequence repeats itself, and O(tokens) elsewhere.
    """
    if tree.started is None:
        return []
    findings = diagnose_settings(tree.started.settings) if tree.started.known("theta") is not None else []
    if not findings:
        findings += _theta_too_high(tree)
    return [*findings, *_repetition(tree), *_length_limit(tree)]


def diagnose_settings(settings: Settings) -> list[Finding]:
    """Return what is wrong with settings whatever the model: theta above ln 20."""
    theta = settings.theta
    if not _compares_with_theta(settings) or theta <= LARGEST_ENTROPY_NATS:
        return []
    return [
        Finding(
            "theta_never_forks",
            f"Theta {theta:g} is above ln 20 = {LARGEST_ENTROPY_NATS:.3f} nats, the highest entropy that 20 tokens can "
            "have, so nothing can ever fork.",
            "Lower theta; 2.0 is a good start.",
        )
    ]


def _compares_with_theta(settings: Settings) -> bool:
    return settings.strategy in ("paper", "reference") and settings.measure == "top_k_entropy"


def _theta_too_high(tree: TokenTree) -> list[Finding]:
    entropies = [node.entropy for node in tree.nodes() if node.entropy is not None]
    num_sequences = len(tree.kept_sequences)
    theta, max_sequences = tree.start.known("theta"), tree.start.known("max_sequences")
    if (
        not _compares_with_theta(tree.start.settings)
        or tree.finished is None
        or theta is None
        or max_sequences is None
        or not entropies
        or num_sequences > FEW_SEQUENCES
        or num_sequences >= max_sequences
    ):
        return []
    suggested = float(np.percentile(entropies, _SUGGESTED_PERCENTILE))
    return [
        Finding(
            "theta_too_high",
            f"Theta {theta:.2f} is too high for this model here: {_count(num_sequences, 'sequence')}, highest entropy "
            f"{max(entropies):.2f} nats.",
            f"Lower theta; {suggested:.2f} lies below one in ten of these tokens.",
        )
    ]


def _repetition(tree: TokenTree) -> list[Finding]:
    loops, kept = {}, tree.kept_sequences
    for sequence in kept:
        nodes = tree.path(sequence.leaf)[: -1 if sequence.finish_reason == "eos" else None]
        # Imported runs have no token ids; where they have no text either, nothing can be told.
        tokens = [node.token_id for node in nodes if node.token_id is not None]
        found = loop_at_end(tokens) if len(tokens) == len(nodes) else None
        if found is not None:
            period, num_repeats = found
            loops[sequence.id] = "".join(node.text for node in nodes[-period:]), num_repeats
    if not loops:
        return []
    (text, num_repeats), _ = Counter(loops.values()).most_common(1)[0]
    shown = " ".join(text.split())
    shown = shown if len(shown) <= _LONGEST_SHOWN_CHARACTERS else shown[: _LONGEST_SHOWN_CHARACTERS - 3] + "..."
    temperature = tree.start.known("temperature")
    is_cold = temperature is not None and temperature < LOW_TEMPERATURE
    return [
        Finding(
            "repetition",
            f"{len(loops)} of {_count(len(kept), 'sequence')} repeat themselves at the end: “{shown}” stands "
            f"there {num_repeats} times.",
            f"Raise the temperature from {temperature:g} to 0.6 or more."
            if is_cold
            else "The model is stuck: rephrase the prompt, raise the temperature, or allow fewer tokens.",
            tuple(loops),
        )
    ]


def loop_at_end(tokens: Sequence[int]) -> tuple[int, int] | None:
    """Return (period, repeats) of the shortest loop that `tokens` end in, or None.

    A loop stands three times or more, holds 16 tokens or more, and may be cut off within a period.
    """
    for period in range(1, min(LONGEST_PERIOD_TOKENS, len(tokens) // FEWEST_REPEATS) + 1):
        num_alike = 0
        while num_alike + period < len(tokens) and tokens[-1 - num_alike] == tokens[-1 - num_alike - period]:
            num_alike += 1
        length = num_alike + period
        if length >= FEWEST_REPEATS * period and length >= SHORTEST_LOOP_TOKENS:
            return period, length // period
    return None


def _length_limit(tree: TokenTree) -> list[Finding]:
    kept = tree.kept_sequences
    cut = tuple(sequence.id for sequence in kept if sequence.finish_reason == "length")
    limit = tree.start.known("max_new_tokens")
    if 2 * len(cut) <= len(kept) or limit is None:
        return []
    longest = max(tree.num_tokens(sequence) for sequence in kept if sequence.id in cut)
    return [
        Finding(
            "length_limit",
            f"{len(cut)} of {_count(len(kept), 'sequence')} hit the length limit of {longest} tokens, so "
            "their answers may be cut off.",
            "Allow more tokens, or ask for a shorter answer."
            if longest >= limit
            else "The model's context is full: shorten the prompt, or take a model with a longer context.",
            cut,
        )
    ]


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
