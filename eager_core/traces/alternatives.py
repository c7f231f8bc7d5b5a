"""The alternatives of a trace, in columns: written from what was recorded of a run, and read back.

About 350 bytes a node: twenty places in the table of tokens, twenty log-probabilities to a ten-thousandth of a nat, and
the measures. The first 20 log-probabilities at any temperature follow from them; what the tokens behind them weigh is
kept at the run's own temperature and top-p only.
"""

import math
from itertools import pairwise
from typing import Any, NoReturn

import numpy as np

from eager_core.errors import TraceError
from eager_core.prediction import Prediction
from eager_core.recorded import Offer, Recorded
from eager_core.traces.records import LOWEST_LOGPROB, AlternativesRecord

_REMEDY = "open a file saved by this program"
_BY_NODE = (
    "tokens", "logprobs", "top_k_entropy", "full_entropy", "full_varentropy", "layer_divergence", "nucleus_size",
    "nucleus_weight",
)  # fmt: skip


def alternatives_to_record(recorded: Recorded) -> dict[str, Any]:
    """Return `recorded` as JSON values, the tokens that occur most first in their table."""
    offers = dict(sorted(recorded.offers.items()))
    places = _table(list(offers.values()))
    predictions = [offer.prediction for offer in offers.values()]
    kept = dict(sorted(recorded.kept.items()))
    return {
        "vocabulary_size": predictions[0].vocabulary_size if predictions else 1,
        "token_ids": [token_id for token_id, _, _ in places],
        "texts": [text for _, text, _ in places],
        "bytes": [[place, own.hex()] for (_, _, own), place in places.items() if own is not None],
        "nodes": list(offers),
        "tokens": [[places[entry] for entry in _entries(offer)] for offer in offers.values()],
        "logprobs": [[round(max(p, LOWEST_LOGPROB), 4) + 0.0 for p in said.logprobs.tolist()] for said in predictions],
        "top_k_entropy": [round(said.top_k_entropy, 6) for said in predictions],
        "full_entropy": [round(said.full_entropy, 6) for said in predictions],
        "full_varentropy": [round(said.full_varentropy, 6) for said in predictions],
        "layer_divergence": [_rounded(said.layer_divergence) for said in predictions],
        "nucleus_size": [offer.nucleus_size for offer in offers.values()],
        "nucleus_weight": [round(offer.nucleus_weight, 5) for offer in offers.values()],
        "kept_nodes": list(kept),
        "kept_from": [round(low, 6) for low, _ in kept.values()],
        "kept_to": [round(high, 6) for _, high in kept.values()],
    }


def alternatives_from_record(record: AlternativesRecord, num_nodes: int) -> Recorded:
    """Return what was recorded.

    Args:
        num_nodes: of the trace, the prompt's counted.
    Raises:
        TraceError: columns of different lengths, or a place that is not there; one sentence says where.
    """
    columns: dict[str, Any] = dict(record)
    _check_lengths(columns)
    for name in ("nodes", "kept_nodes"):
        ids = columns[name]
        if any(a >= b for a, b in pairwise(ids)) or (ids and ids[-1] >= num_nodes):
            _refuse(name, "its nodes are out of order, or not in the tree")
    own_bytes = _own_bytes(record)
    offers = {}
    for number, node_id in enumerate(record["nodes"]):
        offers[node_id] = _offer(record, number, own_bytes)
    ranges = zip(record["kept_from"], record["kept_to"], strict=True)
    for number, (low, high) in enumerate(ranges):
        if low > high:
            _refuse(f"kept_to[{number}]", f"{high} is below kept_from, {low}")
    ranges = zip(record["kept_from"], record["kept_to"], strict=True)
    return Recorded(offers, dict(zip(record["kept_nodes"], ranges, strict=True)))


def _offer(record: AlternativesRecord, number: int, own_bytes: dict[int, bytes]) -> Offer:
    places, logprobs = record["tokens"][number], record["logprobs"][number]
    num_tokens = len(record["token_ids"])
    if len(places) != len(logprobs):
        _refuse(f"logprobs[{number}]", f"it has {len(logprobs)} numbers for {len(places)} tokens")
    if len(set(places)) < len(places) or max(places) >= num_tokens:
        _refuse(f"tokens[{number}]", f"a token stands there twice, or is not one of the {num_tokens} in the table")
    if any(a < b for a, b in pairwise(logprobs)):
        _refuse(f"logprobs[{number}]", "the numbers do not fall")
    if max(len(places), record["nucleus_size"][number]) > record["vocabulary_size"]:
        _refuse(f"nucleus_size[{number}]", f"there are more tokens than the vocabulary's {record['vocabulary_size']}")
    divergence = record["layer_divergence"][number]
    prediction = Prediction(
        np.array([record["token_ids"][place] for place in places], dtype=np.int64),
        np.array(logprobs, dtype=np.float64),
        record["vocabulary_size"],
        record["top_k_entropy"][number],
        record["full_entropy"][number],
        record["full_varentropy"][number],
        math.nan if divergence is None else divergence,
    )
    return Offer(
        prediction,
        tuple(record["texts"][place] for place in places),
        tuple(own_bytes.get(place) for place in places),
        record["nucleus_size"][number],
        record["nucleus_weight"][number],
    )


def _check_lengths(columns: dict[str, Any]) -> None:
    groups = (("token_ids", ("texts",)), ("nodes", _BY_NODE), ("kept_nodes", ("kept_from", "kept_to")))
    for first, names in groups:
        for name in names:
            if len(columns[name]) != len(columns[first]):
                _refuse(name, f"it has {len(columns[name])} entries, {first} {len(columns[first])}")


def _own_bytes(record: AlternativesRecord) -> dict[int, bytes]:
    lost = next((place for place, _ in record["bytes"] if place >= len(record["token_ids"])), None)
    if lost is not None:
        _refuse("bytes", f"token {lost} is not in the table")
    return {place: bytes.fromhex(own) for place, own in record["bytes"]}


def _entries(offer: Offer) -> list[tuple[int, str, bytes | None]]:
    return list(zip(offer.prediction.token_ids.tolist(), offer.texts, offer.token_bytes, strict=True))


def _table(offers: list[Offer]) -> dict[tuple[int, str, bytes | None], int]:
    """Return each token's place: those that occur most come first, so that their places take few digits."""
    counts: dict[tuple[int, str, bytes | None], int] = {}
    for offer in offers:
        for entry in _entries(offer):
            counts[entry] = counts.get(entry, 0) + 1
    return {entry: place for place, entry in enumerate(sorted(counts, key=lambda entry: -counts[entry]))}


def _rounded(number: float) -> float | None:
    return round(number, 6) if math.isfinite(number) else None


def _refuse(place: str, what: str) -> NoReturn:
    raise TraceError(f"The trace is broken at alternatives.{place}: {what}; {_REMEDY}.")
