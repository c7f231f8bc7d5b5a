"""EAGer-init as plainly as it can be written: no cache, no events, no kept predictions. The twin of the loop."""

import math

import numpy as np

from eager_core import Settings
from eager_core.dice import child_state, roll, root_state
from eager_core.sampling import draw_exactly


def plain_eager_init(logprobs_of, prompt_ids, settings: Settings, seed: int, eos: int):
    """Return ({sequence id: (path, finish reason)}, [(step, path, sequence, new sequence)])."""
    active = {0: ()}
    done = {}
    forks = []
    num_sequences = 1
    while active:
        following = {}
        num_active = len(active)
        for sequence, path in sorted(active.items()):
            logprobs = logprobs_of(path)
            falling = sorted(range(len(logprobs)), key=lambda token: (-logprobs[token], token))
            top = np.exp(np.array([logprobs[token] for token in falling[:20]]) / measured_temperature(settings))
            shares = top / top.sum()
            entropy = -sum(share * math.log(share) for share in shares if share > 0)
            counted = num_active if settings.cap == "active" else num_sequences
            if entropy >= settings.theta and counted < settings.max_sequences:
                forks.append((len(path), path, sequence, num_sequences))
                grown = {sequence: (*path, falling[0]), num_sequences: (*path, falling[1])}
                num_sequences += 1
                num_active += 1
            else:
                state = root_state(seed, prompt_ids)
                for token in path:
                    state = child_state(state, token)
                grown = {
                    sequence: (*path, draw_exactly(logprobs, settings.temperature, settings.top_p, roll(state))[0])
                }
            for grown_sequence, grown_path in grown.items():
                if grown_path[-1] == eos:
                    done[grown_sequence] = (grown_path, "eos")
                    num_active -= 1
                elif len(grown_path) >= settings.max_new_tokens:
                    done[grown_sequence] = (grown_path, "length")
                    num_active -= 1
                else:
                    following[grown_sequence] = grown_path
        active = following
    return done, forks


def measured_temperature(settings: Settings) -> float:
    return settings.temperature if settings.entropy_of == "sampling" else 1.0
