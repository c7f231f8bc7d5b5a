"""Decoding speed: our loop against transformers' generate(), and against bare forward passes, the floor.

    make bench-decode

Forks are forced (theta 0) until B sequences are active, and no token ends one. Per cell, the three take turns for
several rounds; the figures are medians, the results their ratios:

- `x generate`: our tokens per second over generate()'s (num_return_sequences=B, the same temperature and top-p), both
  with the prompt. Each of B samples counts its tokens there; a shared prefix counts once here.
- `of floor`: our time for one step with all B active, over that of a bare forward pass of the model with a StaticCache
  at the same batch and lengths: no sampling, no tree, no text.
"""

import argparse
import time

import torch
from transformers import StaticCache

from benchmarks.report import median, report, seconds_of
from eager_core import Exploration, Settings, load_engine
from eager_core.local import LocalEngine
from eager_core.models import load_model

PROMPT = "What is 17 + 25? Think step by step."


def main() -> None:
    """Measure the grid and print it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sequences", type=int, nargs="+", default=[1, 8, 16, 32])
    parser.add_argument("--new-tokens", type=int, nargs="+", default=[32, 128, 512])
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    engine = load_engine(precision="float32")
    engine.eos_token_ids = frozenset()
    plain = engine.torch_thread.run(lambda: load_model(attn_implementation="sdpa").model)
    rows = []
    for num_new_tokens in options.new_tokens:
        for num_sequences in options.sequences:
            rows.append(measure(engine, plain, num_sequences, num_new_tokens, options.rounds))
            print(rows[-1], flush=True)
    report("decode", rows)


def measure(engine: LocalEngine, plain, num_sequences: int, num_new_tokens: int, num_rounds: int) -> dict:
    """Return one cell of the grid."""
    ids = engine.encode_prompt(PROMPT)
    ours, theirs, steps, floors = [], [], [], []
    run_ours(engine, num_sequences, 8)
    for _ in range(num_rounds):
        num_tokens, seconds, step_seconds = run_ours(engine, num_sequences, num_new_tokens)
        ours.append(num_tokens / seconds)
        steps.append(step_seconds)
        # In the engine's thread: a second one with workers of its own would slow down both.
        arguments = plain, ids, num_sequences, num_new_tokens
        theirs.append(num_sequences * num_new_tokens / engine.torch_thread.run(run_generate, *arguments))
        floors.append(engine.torch_thread.run(run_floor, *arguments))
    return {
        "B": num_sequences,
        "new tokens": num_new_tokens,
        "ours tokens/s": median(ours),
        "generate tokens/s": median(theirs),
        "x generate": median([a / b for a, b in zip(ours, theirs, strict=True)]),
        "ours ms/step": 1e3 * median(steps),
        "floor ms/step": 1e3 * median(floors),
        "of floor": median([a / b for a, b in zip(steps, floors, strict=True)]),
    }


def run_ours(engine: LocalEngine, num_sequences: int, num_new_tokens: int) -> tuple[int, float, float]:
    """Return (tokens generated, seconds, seconds of a step with all sequences active)."""
    exploration = Exploration(engine, PROMPT)
    settings = Settings(theta=0.0, max_sequences=num_sequences, max_new_tokens=num_new_tokens)
    began = time.perf_counter()
    full_since, full_depth = began, 0
    for event in exploration.run(settings):
        if event.kind == "node_added" and event.sequence == num_sequences - 1 and not full_depth:
            full_since, full_depth = time.perf_counter(), event.depth
    ended = time.perf_counter()
    num_tokens = exploration.tree.num_nodes - 1
    exploration.close()
    return num_tokens, ended - began, (ended - full_since) / max(1, num_new_tokens - full_depth)


@torch.inference_mode()
def run_generate(model, ids: list[int], num_sequences: int, num_new_tokens: int) -> float:
    """Return the seconds of transformers' own sampling loop."""
    prompt = torch.tensor([ids])
    return seconds_of(
        lambda: model.generate(
            prompt,
            attention_mask=torch.ones_like(prompt),
            do_sample=True,
            temperature=0.6,
            top_p=0.95,
            top_k=0,
            num_return_sequences=num_sequences,
            min_new_tokens=num_new_tokens,
            max_new_tokens=num_new_tokens,
            pad_token_id=0,
        )
    )[0]


@torch.inference_mode()
def run_floor(model, ids: list[int], num_sequences: int, num_new_tokens: int) -> float:
    """Return the mean seconds of a bare forward pass over the lengths of the run."""
    cache = StaticCache(config=model.config, max_cache_len=len(ids) + num_new_tokens)
    model(torch.tensor([ids] * num_sequences), past_key_values=cache, logits_to_keep=1)
    token = torch.full((num_sequences, 1), 100)
    num_steps = num_new_tokens - 1

    def steps() -> None:
        for step in range(num_steps):
            positions = torch.full((num_sequences, 1), len(ids) + step)
            model(token, past_key_values=cache, position_ids=positions, logits_to_keep=1)

    return seconds_of(steps)[0] / num_steps


if __name__ == "__main__":
    main()
