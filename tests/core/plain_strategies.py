"""The other strategies as plainly as they can be written, on probabilities alone: twins of the loop and its classes."""

import math

import numpy as np

from eager_core import Settings
from eager_core.dice import child_state, roll, root_state
from eager_core.sampling import draw_exactly


def plain_reference(logprobs_of, prompt_ids, settings: Settings, seed: int, eos: int):
    """Return ({sequence id: (path, finish reason)}, [(step, path, threshold, sequence, new sequence)])."""
    active, completed, forks = [(0, ())], {}, []
    seen, num_sequences, quiet, monitoring = [], 1, 0, True
    while active:
        if len(active) + len(completed) >= settings.max_sequences or quiet >= 1000:
            monitoring = False
        threshold = settings.theta
        if settings.dynamic_threshold and seen:
            threshold = max(threshold, float(np.percentile(seen, 99, method="linear")))
        following, forked = [], False
        for sequence, path in active:
            logprobs = logprobs_of(path)
            token = drawn(logprobs, prompt_ids, settings, seed, path)
            grown = [(sequence, (*path, token))]
            if monitoring and token != eos:
                entropy = top_20_entropy(logprobs)
                seen.append(entropy)
                has_room = len(active) + len(following) + len(completed) < settings.max_sequences
                if entropy > threshold and has_room and probable(logprobs) > 1:
                    first, second = falling(logprobs)[:2]
                    grown = [(sequence, (*path, first)), (num_sequences, (*path, second))]
                    forks.append((len(path), path, threshold, sequence, num_sequences))
                    seen.append(entropy)
                    num_sequences += 1
                    forked = True
            for grown_sequence, grown_path in grown:
                if grown_path[-1] == eos:
                    completed[grown_sequence] = (grown_path, "eos")
                elif len(grown_path) >= settings.max_new_tokens:
                    completed[grown_sequence] = (grown_path, "length")
                else:
                    following.append((grown_sequence, grown_path))
        quiet = 0 if forked else quiet + 1
        active = sorted(following)
    return completed, forks


def plain_percentile(logprobs_of, settings: Settings, eos: int):
    """Return ({sequence id: (path, finish reason)}, [(step, path, threshold, sequence, new sequence)]).

    The card keeps at most 32 paths, those with the highest summed log-probability. A path that is done stays among the
    kept ones, a pruned one is gone: it is neither kept nor does it hold a place.
    """
    growing, ended, pruned, forks = {0: ((), 0, 0.0)}, {}, {}, []
    most_kept = min(settings.max_sequences, 32)
    seen, num_sequences = [], 1
    while growing:
        following = {}
        for sequence, (path, num_forks, logprob) in sorted(growing.items()):
            logprobs = logprobs_of(path)
            entropy = -sum(math.exp(value) * value for value in logprobs if value > -math.inf)
            threshold = 5.0 if not seen else float(np.percentile(seen, 100 * settings.percentile, method="linear"))
            seen.append(entropy)
            num_branches = min(settings.num_candidate_branches, 10 // (1 + num_forks), probable(logprobs))
            tokens = falling(logprobs)[:1]
            if entropy > threshold + 1e-12 and num_branches > 1:
                tokens = falling(logprobs)[:num_branches]
                num_forks += 1
            for place, token in enumerate(tokens):
                grown = sequence if place == 0 else num_sequences
                if place:
                    forks.append((len(path), path, threshold, sequence, grown))
                    num_sequences += 1
                following[grown] = ((*path, token), num_forks, logprob + logprobs[token])
        going_on = []
        for sequence, (path, _, _) in following.items():
            if path[-1] == eos or len(path) >= settings.max_new_tokens:
                ended[sequence] = (path, "eos" if path[-1] == eos else "length")
            else:
                going_on.append(sequence)
        going_on.sort(key=lambda sequence: (-following[sequence][2], sequence))
        while going_on and len(going_on) + len(ended) > most_kept:
            worst = going_on.pop()
            pruned[worst] = (following[worst][0], "pruned")
        growing = {sequence: following[sequence] for sequence in going_on}
    return ended | pruned, forks


def drawn(logprobs, prompt_ids, settings: Settings, seed: int, path: tuple[int, ...], stream: int = 0) -> int:
    """Return the token that the dice of this path give."""
    state = root_state(seed, prompt_ids, stream)
    for token in path:
        state = child_state(state, token)
    return draw_exactly(logprobs, settings.temperature, settings.top_p, roll(state))[0]


def falling(logprobs) -> list[int]:
    return sorted(range(len(logprobs)), key=lambda token: (-logprobs[token], token))


def probable(logprobs) -> int:
    return sum(1 for value in logprobs if value > -math.inf)


def top_20_entropy(logprobs) -> float:
    top = np.exp([logprobs[token] for token in falling(logprobs)[:20]])
    return -sum(share * math.log(share) for share in top / top.sum() if share > 0)
