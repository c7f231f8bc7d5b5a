"""From trees to the authors' result file, as their own scripts read it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from eager_core.authors.reading import END, REUSED, UNMONITORED
from eager_core.errors import TraceError
from eager_core.events import Forked
from eager_core.tree import Node, TokenTree
from eager_core.tree import Sequence as TokenSequence

_NUM_LAST_CHARACTERS = 50


def authors_json_of(
    trees: Sequence[TokenTree],
    targets: Sequence[str] | None = None,
    answers: Sequence[Sequence[str | None]] | None = None,
    results: Mapping[str, float] | None = None,
) -> dict[str, Any]:
    """Return runs of several prompts, under the same settings, in the authors' format.

    A tree holds the prompt as it was typed, so that stands where their files have it in its chat frame. Entropies are
    rounded to 4 decimals, as theirs; the end-of-sequence token is -9, what a parent gave -1, what was not looked at -2.

    Args:
        targets: the right answers, one a prompt.
        answers: those extracted from each prompt's sequences.
        results: avg_acc, pass_at_1 (their name for Pass@k) and cons_at_max.
    Raises:
        TraceError: there is no run, one is still under way, or one has other settings than the first.
    """
    if not trees or any(tree.finished is None for tree in trees):
        raise TraceError("There is no finished run to export yet; run one to its end, or stop it.")
    started = trees[0].started
    own = {"prompt": "", "prompt_digest": None, "by_hand": ()}
    if any(replace(tree.started, **own) != replace(started, **own) for tree in trees):
        raise TraceError("A result file has one model and one set of settings; export runs of other settings apart.")
    is_branching = started.known("strategy") != "parallel"
    return {
        "model_name": started.model,
        "temperature": started.known("temperature"),
        "entropy_threshold": started.known("theta"),
        "dynamic_entropy": started.known("strategy") == "reference" and started.known("dynamic_threshold"),
        "max_sequences": started.known("max_sequences"),
        "max_new_tokens": started.known("max_new_tokens"),
        "seed": started.seed,
        "status": {"state": "COMPLETED"},
        "extra": {"notes": "", "generation_time_so_far (s)": sum(tree.ledger().seconds for tree in trees)},
        **({"results": dict(results)} if results is not None else {}),
        "entropy-aware-generations" if is_branching else "default-generations": [
            _entry(tree, targets[number] if targets else "", answers[number] if answers else ())
            for number, tree in enumerate(trees)
        ],
    }


def _entry(tree: TokenTree, target: str, answers: Sequence[str | None]) -> dict[str, Any]:
    starts = {fork.new_sequence: fork.step for fork in tree.forks}
    measured = {fork.node: fork.entropy for fork in tree.forks}
    return {
        "prompt": tree.started.prompt,
        "generated_sequences": len(tree.sequences),
        "target": target,
        "extracted_answers": str(list(answers)),
        "generations": [tree.started.prompt + tree.text(sequence) for sequence in tree.sequences],
        "entropies": [
            str(_entropies(tree, sequence, starts.get(sequence.id, 0), measured)) for sequence in tree.sequences
        ],
        "recorded_branches": [str(_branch(tree, fork)) for fork in tree.forks],
    }


def _entropies(tree: TokenTree, sequence: TokenSequence, num_reused: int, measured: Mapping[int, float]) -> list[float]:
    path = tree.path(sequence.leaf)
    values = [_entropy(node, measured) for node in path[num_reused:]]
    if sequence.finish_reason == "eos" and values and path[-1].parent not in measured:
        values[-1] = END
    return [REUSED] * num_reused + values


def _entropy(node: Node, measured: Mapping[int, float]) -> float:
    """Return what stands for a node: in a fork what the strategy measured, by which its branch is found again."""
    entropy = measured.get(node.parent, node.entropy)
    return float(UNMONITORED) if node.rule == "unmonitored" or entropy is None else round(entropy, 4)


def _branch(tree: TokenTree, fork: Forked) -> dict[str, Any]:
    before = "".join(node.text for node in tree.path(fork.node))
    siblings = [other for other in tree.forks if other.node == fork.node]
    first, *others = (tree.node(child).text for child in tree.children(fork.node))
    return {
        "seq_idx": fork.sequence,
        "gen_step": fork.step,
        "auto_selected_token": first,
        "entropy": fork.entropy,
        "entropy_threshold": tree.started.known("theta") if fork.threshold is None else fork.threshold,
        "man_token_original": first,
        "man_token_branch": others[siblings.index(fork)],
        "new_seq_idx": fork.new_sequence,
        "last_generated_chars": (tree.started.prompt + before)[-_NUM_LAST_CHARACTERS:],
    }
