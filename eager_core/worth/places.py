"""Where to look: places whose uncertainty is spread evenly over what each measure shows."""

from collections.abc import Mapping, Sequence


def spread_places(values: Mapping[str, Sequence[float]], most: int) -> list[int]:
    """Return up to `most` numbers of places, rising, equally spread over the quantiles of each measure.

    Each measure in turn names places, the same number as the others; a place that several name is taken once. All
    measures are then compared on the same places.

        6 places in the order of a measure    a b c d e f
        2 of them                               ^     ^        the middles of both halves

    Args:
        values: for each measure its value at each place; ties stand in the order of the places.
    """
    orders = [sorted(range(len(column)), key=column.__getitem__) for column in values.values()]
    num_places = min(map(len, orders), default=0)
    most = min(most, num_places)
    chosen: dict[int, None] = {}
    for each in range(max(1, most // max(1, len(orders))), most + 1):
        # One more of each measure than before, until there are enough: those that several measures name leave room.
        chosen = {}
        for part in range(each):
            for order in orders:
                chosen[order[(2 * part + 1) * num_places // (2 * each)]] = None
        if len(chosen) >= most:
            break
    # Too many by the last round: let go every so-many-th, not those of one end.
    picked = list(chosen)
    return sorted({picked[number * len(picked) // most] for number in range(most)}) if picked else []
