"""The pot: what stage 1 saved so far, and who gets it in stage 2, as numbers and in words."""

from collections.abc import Sequence
from typing import Any

from eager_core.budget import Allocation
from eager_core.experiment import PromptRecord


def filling(records: Sequence[PromptRecord], max_sequences: int) -> dict[str, Any]:
    """Return the pot while stage 1 fills it: each prompt leaves what it did not use of its M sequences."""
    saved = sum(max_sequences - len(record.sequences) for record in records)
    return {
        "stage": None,
        "saved": saved,
        "given": 0,
        "left": saved,
        "grants": [],
        "words": f"{_sequences(saved)} saved by {len(records)} prompts so far." if records else "",
    }


def shared_out(allocation: Allocation) -> dict[str, Any]:
    """Return the pot once it is shared out."""
    return {
        "stage": allocation.stage,
        "saved": allocation.num_saved,
        "given": allocation.num_given,
        "left": allocation.num_left,
        "grants": [[grant.prompt, grant.num_extra, grant.lowers_theta] for grant in allocation.grants],
        "words": allocation_words(allocation),
    }


def allocation_words(allocation: Allocation) -> str:
    """Return one reallocation in words, with all its numbers."""
    if allocation.num_saved == 0:
        return f"{allocation.stage}: every prompt used all its M sequences, so there is nothing to give away."
    saved = f"{allocation.stage}: {_sequences(allocation.num_saved)} saved"
    whom = "prompts that reached M" if allocation.stage == "adapt" else "prompts without a correct answer"
    if not allocation.grants:
        return f"{saved}, but there are no {whom}: all of them stay in the pot."
    limit = ""
    if allocation.num_left and allocation.most_given is not None:
        limit = f" (the maximum is 2M = {allocation.most_given} in all)"
    elif allocation.num_left and allocation.most_extra is not None:
        limit = f" (the maximum is {allocation.most_extra} per prompt)"
    needy = f"{len(allocation.grants)} {whom if len(allocation.grants) > 1 else whom.replace('prompts', 'prompt')}"
    return f"{saved}, {allocation.num_given} given to {needy}{limit}, {allocation.num_left} left."


def _sequences(number: int) -> str:
    return f"{number} sequence" if number == 1 else f"{number} sequences"
