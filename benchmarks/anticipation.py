"""What looking ahead costs and brings: a visitor's step beside seven others, and how soon a theta curve is full.

    make bench-anticipation
    make bench-anticipation OPTIONS="--spare-places 1 2 4 8 --idle-places 8 16 32"

The two are measured turn by turn, a visitor alone and a visitor with the others, so that what else the machine does
falls on both.
"""

import argparse
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks.report import median, report, seconds_of
from benchmarks.visitors import PROMPTS
from eager_core import Exploration, Settings, load_engine
from eager_core.anticipation import Anticipation, Bounds
from eager_core.local import LocalEngine
from eager_core.what_if import WhatIf

UNBOUNDED = Bounds(num_nodes=10**9)


def main() -> None:
    """Print what a visitor's step takes with and without others that look ahead, and how soon a curve is full."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--others", type=int, default=7)
    parser.add_argument("--sequences", type=int, nargs="*", default=[1, 8], help="none: only the curve")
    parser.add_argument("--max-new-tokens", type=int, default=64)
    parser.add_argument("--spare-places", type=int, nargs="+", default=[2])
    parser.add_argument("--idle-places", type=int, nargs="+", default=[16])
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    engine = load_engine(precision="float32")
    ends = engine.eos_token_ids
    rows = []
    for num_sequences in options.sequences:
        # No token ends a sequence, and forks are forced at once, so that all steps are alike.
        engine.eos_token_ids = frozenset()
        settings = Settings(theta=0.0, max_sequences=num_sequences, max_new_tokens=options.max_new_tokens)
        for places in options.spare_places:
            engine.spare_places = places
            rows.append(steps(engine, settings, options.others, options.rounds))
            print(rows[-1], flush=True)
    engine.eos_token_ids = ends
    if rows:
        report("anticipation: a visitor's step", rows)
    rows = []
    for places in options.idle_places:
        engine.idle_places = places
        rows.append(curve(engine, Settings(max_new_tokens=options.max_new_tokens), options.rounds))
        print(rows[-1], flush=True)
    report("anticipation: the theta curve", rows)


def steps(engine: LocalEngine, settings: Settings, num_others: int, num_rounds: int) -> dict:
    """Return what a step of a visitor takes alone, and while others look ahead."""
    run(engine, PROMPTS[0], settings)
    alone, beside, foretold = [], [], []
    for _ in range(num_rounds):
        alone.append(run(engine, PROMPTS[0], settings))
        with looking_ahead(engine, num_others) as anticipations:
            # While the visitor runs, so that what they do in quiet moments before and after is not counted.
            before = sum(anticipation.num_nodes for anticipation in anticipations)
            beside.append(run(engine, PROMPTS[0], settings))
            foretold.append(sum(anticipation.num_nodes for anticipation in anticipations) - before)
    ms_alone, ms_beside = (1e3 * median(times) / settings.max_new_tokens for times in (alone, beside))
    return {
        "sequences": settings.max_sequences,
        "spare places": engine.spare_places,
        "alone, ms/step": ms_alone,
        f"with {num_others}, ms/step": ms_beside,
        "x alone": median([with_them / without for with_them, without in zip(beside, alone, strict=True)]),
        "nodes foretold a step": median(foretold) / settings.max_new_tokens,
    }


@contextmanager
def looking_ahead(engine: LocalEngine, num_others: int) -> Iterator[list[Anticipation]]:
    """Let others, who have run before, look ahead meanwhile."""
    settings = Settings(max_new_tokens=24)
    explorations = [
        Exploration(engine, PROMPTS[1 + number % (len(PROMPTS) - 1)], number) for number in range(num_others)
    ]
    for exploration in explorations:
        list(exploration.run(settings))
    stop = threading.Event()
    anticipations = [Anticipation(exploration, settings, UNBOUNDED) for exploration in explorations]
    threads = [threading.Thread(target=anticipation.run, args=(stop.is_set,)) for anticipation in anticipations]
    for thread in threads:
        thread.start()
    try:
        yield anticipations
    finally:
        stop.set()
        for thread in threads:
            thread.join()
        for exploration in explorations:
            exploration.close()


def curve(engine: LocalEngine, settings: Settings, num_rounds: int) -> dict:
    """Return how long a run takes cold, and how long it then takes until all places of the theta slider are known."""
    run(engine, PROMPTS[0], settings)
    runs, fills = [], []
    for _ in range(num_rounds):
        with Exploration(engine, PROMPTS[0]) as exploration:
            runs.append(seconds_of(lambda e=exploration: list(e.run(settings)))[0])
            anticipation = Anticipation(exploration, settings, UNBOUNDED, sliders=["theta"])
            fills.append(seconds_of(anticipation.run)[0])
            drawn, found = seconds_of(lambda e=exploration: WhatIf(e, settings).curve("theta"))
            known, nodes = found.num_known, anticipation.num_nodes
            passes = exploration.knowledge.num_spare_passes
    return {
        "idle places": engine.idle_places,
        "one run, s": median(runs),
        "until full, s": median(fills),
        "x one run": median([fill / one for fill, one in zip(fills, runs, strict=True)]),
        "places known": known,
        "nodes": nodes,
        "passes": passes,
        "curve drawn, ms": 1e3 * drawn,
    }


def run(engine: LocalEngine, prompt: str, settings: Settings) -> float:
    """Return the seconds of one cold run."""
    with Exploration(engine, prompt) as exploration:
        return seconds_of(lambda: list(exploration.run(settings)))[0]


if __name__ == "__main__":
    main()
