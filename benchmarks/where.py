"""Where the time of a step goes: its parts in milliseconds, with B sequences active.

    make bench-where

Parts are timed by wrapping what the engine calls, which adds about a microsecond a call. `rest of the model` is what
transformers' own code does between them: rotary positions, activations, residual sums, and the Python of it all.
`outside` is the walk: dice, tree, events, text, and the way from thread to thread.
"""

import argparse
import time
from collections import Counter
from collections.abc import Callable

from benchmarks.decode import PROMPT
from benchmarks.report import report
from eager_core import Exploration, Settings, load_engine
from eager_core.local import LocalEngine, attention, batch, forward
from eager_core.local.cache import TreeLayer
from eager_core.local.early_exit import EarlyExit
from eager_core.local.moments import Moments
from eager_core.local.norms import LeanRMSNorm
from eager_core.local.packing import PackedLinear

PARTS = {
    "output head": [],
    "linear layers": [(PackedLinear, "forward")],
    "attention": [(attention, "_decode"), (attention, "_extend")],
    "KV writes": [(TreeLayer, "update")],
    "norms": [(LeanRMSNorm, "forward")],
    "top tokens and moments": [(Moments, "of"), (forward.torch, "topk"), (batch, "predictions_from_output")],
    "last layers' divergence": [(EarlyExit, "divergence")],
    "plan": [(forward, "plan_decode")],
}
"""Functions by part; none of them calls another."""


def main() -> None:
    """Measure the parts at several numbers of sequences and print them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sequences", type=int, nargs="+", default=[1, 8, 32])
    parser.add_argument("--new-tokens", type=int, default=48)
    options = parser.parse_args()
    engine = load_engine(precision="float32")
    engine.eos_token_ids = frozenset()
    spent: Counter[str] = Counter()
    watch(engine, spent)
    rows = []
    for num_sequences in options.sequences:
        # Once before, so that the store's pages are there: a system gives them when they are first written.
        run(engine, spent, num_sequences, options.new_tokens)
        rows.append({"B": num_sequences} | run(engine, spent, num_sequences, options.new_tokens))
    report("where", rows)


def watch(engine: LocalEngine, spent: Counter[str]) -> None:
    """Let every part add its seconds to `spent`."""
    for part, functions in PARTS.items():
        for owner, name in functions:
            setattr(owner, name, timed(getattr(owner, name), part, spent))
    head = engine._forward._model.get_output_embeddings()
    # Through the class, it has been counted among the linear layers.
    plain = timed(head.forward, "output head", spent)
    head.forward = lambda states: counted_elsewhere(plain, states, spent)
    engine._serve_here = timed(engine._serve_here, "pass", spent)


def timed(function: Callable, part: str, spent: Counter[str]) -> Callable:
    """Return `function`, which now adds its seconds to `spent[part]`."""

    def watched(*args, **kwargs):
        began = time.perf_counter()
        try:
            return function(*args, **kwargs)
        finally:
            spent[part] += time.perf_counter() - began

    return watched


def counted_elsewhere(head: Callable, states, spent: Counter[str]):
    """Run the output head and take its seconds from the linear layers again."""
    before = spent["output head"]
    result = head(states)
    spent["linear layers"] -= spent["output head"] - before
    return result


def run(engine: LocalEngine, spent: Counter[str], num_sequences: int, num_new_tokens: int) -> dict[str, float]:
    """Return the milliseconds a step of every part, once all sequences are active."""
    exploration = Exploration(engine, PROMPT)
    began, first_step = 0.0, 0
    for event in exploration.run(Settings(theta=0.0, max_sequences=num_sequences, max_new_tokens=num_new_tokens)):
        if event.kind == "node_added" and event.sequence == num_sequences - 1 and not first_step:
            began, first_step = time.perf_counter(), event.depth
            spent.clear()
    seconds = time.perf_counter() - began
    exploration.close()
    inside = {part: spent[part] for part in PARTS}
    parts = inside | {"rest of the model": spent["pass"] - sum(inside.values()), "outside": seconds - spent["pass"]}
    per_step = 1e3 / (num_new_tokens - first_step)
    return {"step": seconds * per_step} | {part: part_seconds * per_step for part, part_seconds in parts.items()}


if __name__ == "__main__":
    main()
