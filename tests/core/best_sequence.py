"""By which paths are ranked where they are pruned: the mean log-probability of their tokens."""

from eager_core.tree import Sequence, TokenTree


def logprob_per_token(tree: TokenTree, sequence: Sequence) -> float:
    """Return the mean log-probability of a sequence's tokens in nats; NaN where one is unknown."""
    path = tree.path(sequence.leaf)
    logprobs = [node.logprob for node in path if node.logprob is not None]
    return sum(logprobs) / len(path) if path and len(logprobs) == len(path) else float("nan")


def best_sequence(tree: TokenTree) -> Sequence:
    """Return the sequence with the highest log-probability per token, pruned ones left out; the first of equal ones."""
    kept = tree.kept_sequences or tree.sequences
    return max(kept, key=lambda sequence: (tree.num_tokens(sequence) > 0, logprob_per_token(tree, sequence)))
