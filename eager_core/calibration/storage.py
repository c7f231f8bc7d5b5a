"""Calibrations on this machine, in one file: the newest for each model, measure and task."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock

from eager_core.calibration.choice import Calibration
from eager_core.errors import SettingsError
from eager_core.folders import cache_folder
from eager_core.settings import Settings
from eager_core.text_file import decoded

_FORMAT = 1
_SHOWN = ("goal", "wanted", "theta", "low", "high", "num_pilots", "max_sequences", "temperature", "max_new_tokens")


@dataclass(frozen=True)
class StoredCalibration:
    """What a page or a command line offers of a calibration."""

    goal: str
    wanted: float
    theta: float
    low: float
    high: float
    num_pilots: int
    max_sequences: int
    temperature: float
    max_new_tokens: int


def calibrations_file() -> Path:
    """Return the file, which need not exist."""
    return cache_folder() / "calibrations.json"


def save_calibration(model: str, task: str, settings: Settings, calibration: Calibration) -> None:
    """Keep a calibration for later.

    Args:
        task: a task set's name, or what the prompts have in common.
        settings: those of the pilots; their measure is part of the name.
    Raises:
        SettingsError: the file can't be written.
    """
    file = calibrations_file()
    record = {
        "goal": calibration.goal.name, "wanted": calibration.goal.wanted, "theta": calibration.theta,
        "low": calibration.low, "high": calibration.high, "num_pilots": calibration.num_pilots,
        "max_sequences": settings.max_sequences, "temperature": settings.temperature,
        "max_new_tokens": settings.max_new_tokens,
    }  # fmt: skip
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(file.with_suffix(".lock")):
            kept = _read(file)
            # At the end: the newest stands last.
            kept.pop(_key(model, settings.measure, task), None)
            kept[_key(model, settings.measure, task)] = record
            new = file.with_suffix(".new")
            new.write_text(json.dumps({"format": _FORMAT, "calibrations": kept}, indent=1), encoding="utf-8")
            new.replace(file)
    except OSError as error:
        raise SettingsError(
            f"The calibration can't be kept in {file}: {error.strerror}; set EAGER_EXPLORER_CACHE to a folder that can "
            "be written."
        ) from None


def load_calibration(model: str, task: str, measure: str) -> StoredCalibration | None:
    """Return what was chosen for these, or None. A broken file holds nothing."""
    return calibrations_of(model, measure).get(task)


def calibrations_of(model: str, measure: str) -> dict[str, StoredCalibration]:
    """Return what was chosen for a model and a measure, by task, the newest last."""
    found = {}
    for key, record in _read(calibrations_file()).items():
        try:
            own_model, own_measure, task = json.loads(key)
            stored = StoredCalibration(**{name: record[name] for name in _SHOWN})
        except (ValueError, TypeError, KeyError):
            continue
        if (own_model, own_measure) == (model, measure) and isinstance(task, str):
            found[task] = stored
    return found


def _key(model: str, measure: str, task: str) -> str:
    return json.dumps([model, measure, task])


def _read(file: Path) -> dict[str, Any]:
    try:
        read = json.loads(decoded(file.read_bytes()))
    except (OSError, ValueError, RecursionError):
        return {}
    kept = read.get("calibrations") if isinstance(read, dict) and read.get("format") == _FORMAT else None
    return kept if isinstance(kept, dict) else {}
