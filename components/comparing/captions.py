"""A run's settings in one line, as parts, of which those are marked that the other run does not share."""

from collections.abc import Collection
from typing import Any

from components.frame.notices import short_name
from components.frame.strategy_names import STRATEGY_NAMES
from components.tree.graphemes import clip
from eager_core.events import RunStarted
from eager_core.uncertainty import MEASURE_OF_NAME

_ALWAYS = ("model", "strategy", "theta", "max_sequences", "temperature", "seed")
_SIGNS = {
    "theta": "θ ", "max_sequences": "M ", "temperature": "τ ", "top_p": "top-p ", "max_new_tokens": "most new tokens ",
    "seed": "seed ", "prompt": "prompt ", "measure": "measure ", "cap": "M counts ", "entropy_of": "entropy of the ",
    "percentile": "percentile ", "num_candidate_branches": "branches of a fork ", "dynamic_threshold": "θ may rise: ",
}  # fmt: skip
_LONGEST_PROMPT = 60


def caption_of(started: RunStarted, differing: Collection[str]) -> list[dict[str, Any]]:
    """Return {text, differs} for each part of a run's caption: what always stands there, and all that differs.

    What a run does not tell is said to be unknown where it differs, and else left out.
    """
    values = {"model": started.model, "prompt": started.prompt, "seed": started.seed}
    values |= {name: started.known(name) for name in started.settings.__dataclass_fields__}
    names = [*_ALWAYS, *(name for name in values if name in differing and name not in _ALWAYS)]
    return [
        {"text": _SIGNS.get(name, "") + _said(name, values[name]), "differs": name in differing}
        for name in names
        if values[name] is not None or name in differing
    ]


def _said(name: str, value: Any) -> str:
    if value is None:
        return "unknown"
    match name:
        case "model":
            return short_name(value)
        case "prompt":
            return f"“{clip(value, _LONGEST_PROMPT)}”"
        case "strategy":
            return STRATEGY_NAMES[value]
        case "measure":
            return MEASURE_OF_NAME[value].title
        case "dynamic_threshold":
            return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else str(value)
