"""What the page's controls hold, under the names that they have in a link to the page."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from eager_core.errors import SettingsError
from eager_core.events import RunStarted
from eager_core.prompt import DEFAULT_DATE, check_date
from eager_core.settings import Settings, check_seed

_DEFAULTS = Settings()
_NUMBERS = (
    "theta", "temperature", "top_p", "max_sequences", "max_new_tokens", "seed", "percentile", "num_candidate_branches",
)  # fmt: skip
PRECISIONS = ("auto", "float32", "bfloat16")


@dataclass(frozen=True)
class Controls:
    """The values of all controls but the prompt, in the order in which the page hands them over."""

    theta: float = _DEFAULTS.theta
    max_sequences: int = _DEFAULTS.max_sequences
    temperature: float = _DEFAULTS.temperature
    top_p: float = _DEFAULTS.top_p
    max_new_tokens: int = _DEFAULTS.max_new_tokens
    seed: int = 0
    date: str = DEFAULT_DATE
    """As typed: YYYY-MM-DD, or nothing for the default."""
    strategy: str = _DEFAULTS.strategy
    measure: str = _DEFAULTS.measure
    cap: str = _DEFAULTS.cap
    dynamic_threshold: bool = _DEFAULTS.dynamic_threshold
    entropy_of: str = _DEFAULTS.entropy_of
    percentile: float = _DEFAULTS.percentile
    num_candidate_branches: int = _DEFAULTS.num_candidate_branches
    model: str = ""
    """As typed: empty means the packaged model."""
    precision: str = "auto"

    def settings(self) -> Settings:
        """Return the settings that the controls stand for; a whole number counts as a float where one is meant.

        Raises:
            SettingsError: a control is empty, or its value lies outside its range (the seed's, too), or the date is
                no day.
        """
        asked = asdict(self)
        for name in _NUMBERS:
            if asked[name] is None:
                raise SettingsError(f"{name} is empty; type a number.")
        check_seed(asked.pop("seed"))
        self.checked_date()
        for name in ("date", "model", "precision"):
            asked.pop(name)
        for name in ("theta", "temperature", "top_p", "percentile"):
            asked[name] = float(asked[name])
        return Settings(**asked)

    def checked_date(self) -> str:
        """Return the day that chat templates are told; raises SettingsError where it is none."""
        # A link to "today" would give another tree tomorrow.
        return check_date(self.date if self.date.strip() else DEFAULT_DATE, allows_today=False)


_DEFAULT_CONTROLS = Controls()


def controls_from(values: Mapping[str, Any]) -> Controls:
    """Return the controls that a link's query names; what is missing or senseless is default.

    Nothing is checked against its range here: `Controls.settings` does, in words, when a run is asked for.
    """
    defaults = asdict(_DEFAULT_CONTROLS)
    return Controls(**{name: _read(values.get(name), default) for name, default in defaults.items()})


def controls_of(started: RunStarted, rest: Controls = _DEFAULT_CONTROLS) -> Controls:
    """Return the controls that a run was asked with; what is unknown, and what is no part of a run, is as in `rest`."""
    beside = {name: value for name in ("seed", "date") if (value := getattr(started, name)) is not None}
    return controls_from(asdict(rest) | started.known_settings() | beside)


def _read(value: Any, default: Any) -> Any:
    if isinstance(value, str) and not isinstance(default, str):
        return _parsed(value, default)
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if isinstance(default, bool | str):
        return value if type(value) is type(default) else default
    return type(default)(value) if is_number and value == value and abs(value) < 2**63 else default


def _parsed(text: str, default: Any) -> Any:
    if isinstance(default, bool):
        return {"true": True, "false": False}.get(text.lower(), default)
    try:
        number = float(text) if isinstance(default, float) else int(text)
    except ValueError:
        return default
    return number if number == number and abs(number) < 2**63 else default
