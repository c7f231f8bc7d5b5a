"""What may be asked of a run: one frozen, checked record with the defaults of the paper."""

import math
from dataclasses import dataclass

from eager_core.errors import SettingsError

TOP_K = 20
"""Tokens that the entropy is taken over (paper, section 3.1)."""

LARGEST_ENTROPY_NATS = math.log(TOP_K)
"""ln 20 = 2.9957 nats: no top-20 entropy is higher, so a theta above it never forks."""

STRATEGIES = ("paper", "reference", "percentile", "parallel", "greedy")
STRATEGIES_WITH_THETA = ("paper", "reference")
"""Under the others no theta is looked at."""
ENTROPY_OF = ("model", "sampling")
MEASURES = (
    "top_k_entropy", "full_entropy", "sharp_entropy", "top_2_margin", "top_2_ratio", "least_confidence", "flatness",
    "varentropy", "layer_divergence",
)  # fmt: skip
CAPS = ("total", "active")

LARGEST_THETA_NATS = 100.0
LARGEST_MAX_SEQUENCES = 1024
LARGEST_TEMPERATURE = 10.0
LARGEST_MAX_NEW_TOKENS = 32_768
LARGEST_NUM_BRANCHES = 16
_LONGEST_SHOWN_CHARACTERS = 60


@dataclass(frozen=True)
class Settings:
    """How one run walks the tree. Checked when made; nothing in it needs a model.

    Raises:
        SettingsError: a value outside its range, named with its limit.
    References:
        EAGer (arXiv 2510.11170), Algorithm 1 and section 4: tau 0.6, top-p 0.95, theta 1.8 .. 2.7 nats.
    """

    theta: float = 2.0
    """Entropy threshold in nats: a token at or above it forks."""

    max_sequences: int = 8
    """M, the most sequences that one prompt may have; under "percentile" the most that are kept, and at most 32."""

    temperature: float = 0.6
    """Divides the logits before a draw; 0 takes the most likely token (greedy)."""

    top_p: float = 0.95
    """A draw considers the smallest set of most likely tokens that holds this share of the probability."""

    max_new_tokens: int = 96
    """Length limit of each sequence in tokens after the prompt."""

    strategy: str = "paper"
    """What decides about forks, by name; see `eager_core.strategies`. Cap and measure are choices of "paper" alone."""

    entropy_of: str = "model"
    """Which distribution is measured: "model" before temperature, "sampling" at the temperature of the draw."""

    cap: str = "total"
    """What counts against M: "total" every sequence of the prompt, "active" the unfinished (Algorithm 1 literally)."""

    measure: str = "top_k_entropy"
    """What theta is compared with, by name; see `eager_core.uncertainty`. Only top_k_entropy is the paper's method."""

    dynamic_threshold: bool = True
    """Strategy "reference" only: theta rises to the 99th percentile of the entropies that the prompt has shown."""

    percentile: float = 0.8
    """Strategy "percentile" only: the share of the entropies seen so far that one must exceed to fork."""

    num_candidate_branches: int = 4
    """Strategy "percentile" only: maximum children of a fork."""

    def __post_init__(self) -> None:
        _check_number("theta", self.theta, 0, LARGEST_THETA_NATS, "nats; 2.0 is a good start")
        _check_integer("max_sequences (M)", self.max_sequences, 1, LARGEST_MAX_SEQUENCES, "sequences")
        _check_number("temperature", self.temperature, 0, LARGEST_TEMPERATURE, "where 0 means greedy")
        _check_number("top_p", self.top_p, 0, 1, "where 1 keeps every token", exclusive_low=True)
        _check_integer("max_new_tokens", self.max_new_tokens, 1, LARGEST_MAX_NEW_TOKENS, "tokens")
        _check_choice("strategy", self.strategy, STRATEGIES)
        _check_choice("entropy_of", self.entropy_of, ENTROPY_OF)
        _check_choice("cap", self.cap, CAPS)
        _check_choice("measure", self.measure, MEASURES)
        _check_choice("dynamic_threshold", self.dynamic_threshold, (True, False))
        _check_number("percentile", self.percentile, 0, 1, "a share such as 0.8")
        _check_integer("num_candidate_branches", self.num_candidate_branches, 2, LARGEST_NUM_BRANCHES, "tokens")
        if self.entropy_of == "sampling" and self.measure != "top_k_entropy":
            raise SettingsError(
                f"entropy_of is 'sampling', but the measure {self.measure} is known for the model's own distribution "
                "only; choose entropy_of 'model', or the measure top_k_entropy."
            )


def check_seed(seed: object) -> int:
    """Return `seed` if it is an integer from 0 to 2**63 - 1, else raise SettingsError."""
    return int(_check_integer("seed", seed, 0, 2**63 - 1, ""))


def _check_number(
    name: str, value: float, low: float, high: float, remedy: str, exclusive_low: bool = False
) -> None:
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    # Not a number (NaN) is in no range; a whole number too large for a float can be compared, but not be asked more.
    if not is_number or not low <= value <= high or (exclusive_low and value == low):
        bound = "above" if exclusive_low else "from"
        raise SettingsError(f"{name} is {_shown(value)}, but must be a number {bound} {low} to {high:g}, {remedy}.")


def _check_integer(name: str, value: object, low: int, high: int, unit: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        limit = f"from {low} to {high} {unit}".rstrip()
        raise SettingsError(f"{name} is {_shown(value)}, but must be a whole number {limit}.")
    return value


def _check_choice(name: str, value: str | bool, choices: tuple[str | bool, ...]) -> None:
    if type(value) is not type(choices[0]) or value not in choices:
        raise SettingsError(f"{name} is {_shown(value)}, but must be one of: {', '.join(map(str, choices))}.")


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= _LONGEST_SHOWN_CHARACTERS else text[: _LONGEST_SHOWN_CHARACTERS - 3] + "..."
