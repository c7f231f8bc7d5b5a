"""The flags of a run's settings: each field of `Settings` has one, with its name."""

import argparse
from collections.abc import Sequence
from dataclasses import fields

from eager_core.by_hand import HandBranch
from eager_core.prompt import DEFAULT_DATE
from eager_core.settings import CAPS, ENTROPY_OF, MEASURES, STRATEGIES, Settings

CALIBRATED = "calibrated"
"""What --theta may be instead of a number, with ":" and a task's name after it."""


def add_settings(command: argparse.ArgumentParser, ranges: Sequence[str] = (), calibrated: bool = False) -> None:
    """Add the flags that `settings_of` reads, and --seed, --date, --model and --precision.

    Args:
        ranges: those of "theta" and "max_sequences" whose flag takes several values, as text; None if it is left out.
        calibrated: whether --theta may be "calibrated" or "calibrated:TASK", which `settings_of` leaves out.
    """
    defaults = Settings()
    add = command.add_argument
    if "theta" in ranges:
        add("--theta", default=None, metavar="RANGE", help="entropy thresholds in nats, like 1.8:2.7:0.1 or 1.8,2.2")
    elif calibrated:
        words = "entropy threshold in nats, or calibrated[:TASK] for one that calibrate chose (%(default)s)"
        add("--theta", type=_theta, default=defaults.theta, help=words)
    else:
        add("--theta", type=float, default=defaults.theta, help="entropy threshold in nats (%(default)s)")
    if "max_sequences" in ranges:
        add("--max-sequences", default=None, metavar="VALUES", help="values of M, like 1,4,8 or 1:32:1")
    else:
        add("--max-sequences", type=int, default=defaults.max_sequences, help="M (%(default)s)")
    add("--temperature", type=float, default=defaults.temperature, help="0 is greedy (%(default)s)")
    add("--top-p", type=float, default=defaults.top_p, help="probability mass that a draw considers (%(default)s)")
    add("--max-new-tokens", type=int, default=defaults.max_new_tokens, help="per sequence (%(default)s)")
    add("--seed", type=int, default=0, help="another seed rolls other dice (%(default)s)")
    add("--date", default=DEFAULT_DATE, help="YYYY-MM-DD or today, for models that are told a date (%(default)s)")
    add("--strategy", choices=STRATEGIES, default=defaults.strategy, help="what decides about forks (%(default)s)")
    add("--measure", choices=MEASURES, default=defaults.measure, help="what theta is compared with (%(default)s)")
    add(
        "--entropy-of", choices=ENTROPY_OF, default=defaults.entropy_of,
        help="of the model's own distribution, or of the one that is sampled (%(default)s)",
    )  # fmt: skip
    add("--cap", choices=CAPS, default=defaults.cap, help="which sequences count against M (%(default)s)")
    add(
        "--dynamic-threshold", action=argparse.BooleanOptionalAction, default=defaults.dynamic_threshold,
        help="strategy reference: theta rises with the entropies seen",
    )  # fmt: skip
    add("--percentile", type=float, default=defaults.percentile, help="strategy percentile (%(default)s)")
    add(
        "--num-candidate-branches", type=int, default=defaults.num_candidate_branches,
        help="strategy percentile: maximum children of a fork (%(default)s)",
    )  # fmt: skip
    add("--model", default=None, help="Hub id, folder or GGUF file (SmolLM2-135M-Instruct)")
    add("--precision", choices=("auto", "float32", "bfloat16"), default="auto", help="float32 is exact (%(default)s)")


def settings_of(options: argparse.Namespace, ranges: Sequence[str] = ()) -> Settings:
    """Return what the flags say, but for those that take `ranges` and a calibrated theta, which have their defaults.

    Raises:
        SettingsError: a value is out of its range.
    """
    names = [field.name for field in fields(Settings) if field.name not in ranges]
    said = {name: getattr(options, name) for name in names}
    if isinstance(said.get("theta"), str):
        del said["theta"]
    return Settings(**said)


def _theta(text: str) -> float | str:
    """Return a number, or the text that asks for a calibrated one."""
    if text == CALIBRATED or text.startswith(f"{CALIBRATED}:"):
        return text
    try:
        return float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text!r} is neither a number nor {CALIBRATED} or {CALIBRATED}:TASK"
        ) from None


def hand_branch(text: str) -> HandBranch:
    """Return the branch by hand that `text` names: the token ids of the path, a colon, and the token to begin with.

    Raises:
        argparse.ArgumentTypeError: it is written otherwise.
    """
    path, colon, token_id = text.rpartition(":")
    numbers = [*(path.split(",") if path else []), token_id]
    if not colon or not all(number.strip().isdecimal() for number in numbers):
        raise argparse.ArgumentTypeError(
            f"{text!r} is no branch; write token ids as in a trace's by_hand: 504,2:81 begins one with token 81 after "
            "the tokens 504 and 2, and :81 after the prompt"
        )
    *path_ids, begins_with = map(int, numbers)
    return HandBranch(tuple(path_ids), begins_with)
