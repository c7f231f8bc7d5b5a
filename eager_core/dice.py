"""The dice: one roll in [0, 1) for every path, fixed in advance by a hash of (seed, prompt, tokens of the path).

A roll depends on nothing else: not on the settings, the other sequences, or the order in which the tree is walked. So
the same settings give the same tree, and a moved slider changes only the draws that it has to change.

    state(prompt)        = H(seed, stream, prompt token ids)
    state(path + token)  = H(state(path), token id)
    roll(path)           = the first 53 bits of state(path), as a fraction
"""

import struct
from collections.abc import Sequence
from hashlib import blake2b

_STATE_BYTES = 16


def root_state(seed: int, prompt_ids: Sequence[int], stream: int = 0) -> bytes:
    """Return the dice state of the prompt, 16 bytes. `stream` tells independent samples of one prompt apart."""
    packed = struct.pack(f"<qq{len(prompt_ids)}q", seed, stream, *prompt_ids)
    return blake2b(packed, digest_size=_STATE_BYTES, person=b"eager dice root").digest()


def child_state(state: bytes, token_id: int) -> bytes:
    """Return the dice state of the path that `token_id` extends."""
    return blake2b(state + struct.pack("<q", token_id), digest_size=_STATE_BYTES).digest()


def roll(state: bytes) -> float:
    """Return the roll in [0, 1) that draws the token after the path of `state`."""
    return (int.from_bytes(state[:8], "little") >> 11) * 2.0**-53
