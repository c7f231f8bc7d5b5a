"""From records to the measures side by side. No model is asked."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from eager_core.errors import SettingsError
from eager_core.grading import PromptScore, scores_of
from eager_core.uncertainty import MEASURE_OF_NAME
from eager_core.worth.auc import auc_over_prompts, hits_of
from eager_core.worth.equal_forks import at_equal_forks
from eager_core.worth.plan import WorthPlan
from eager_core.worth.records import ProbeRecord, TriggerRecord, WalkRecord
from eager_core.worth.triggers import told_measures


def worth_of(probes: Sequence[ProbeRecord], triggers: Sequence[TriggerRecord], plan: WorthPlan) -> dict[str, Any]:
    """Return what the records say, as JSON values: numbers, null where something is undefined, never NaN.

    Keys: `num_prompts`; `places` (how many, and at how many outcomes differ); `samples`, full sampling's #T, #S, Pass@k
    and pass rate; `measures`, for each one its label, `auc` with its interval, `hits` (see `hits_of`; as many places
    taken as differ) and `walks`, a row for each theta with the forks by what they changed, #T, #S, Pass@k, pass rate
    and the tokens saved against `samples`; `equal_forks`, see `at_equal_forks`; `notes`, sentences about what is
    undefined.

    Places of all prompts are ranked together, so that a high AUC may also come of telling prompts apart.

    Args:
        triggers: of the same prompts as `probes`, or none where the study has not come so far.
    Raises:
        SettingsError: there are no probes.
    """
    if not probes:
        raise SettingsError("No prompt was finished, so nothing can be compared; start again to continue.")
    measures = told_measures(probes, plan.measures)
    samples = [
        PromptScore(record.num_tokens, len(record.leaves), sum(leaf.is_right for leaf in record.leaves), False)
        for record in probes
    ]
    rows = {name: _rows(name, triggers) for name in measures}
    differing = [[place.gap >= plan.difference for place in record.places] for record in probes]
    told = {
        name: _told(name, probes, differing) | {"walks": [_row(walks, samples) for walks in rows[name]]}
        for name in measures
    }
    equal_forks = at_equal_forks(rows)
    return {
        "num_prompts": len(probes),
        "difference": plan.difference,
        "places": {"num": sum(map(len, differing)), "num_differing": sum(map(sum, differing))},
        "samples": _scored(samples, None),
        "measures": told,
        "equal_forks": equal_forks,
        "notes": [*_notes(probes, triggers, plan, measures, told, equal_forks)],
    }


def _told(name: str, probes: Sequence[ProbeRecord], differing: Sequence[Sequence[bool]]) -> dict[str, Any]:
    scores = [[_score(record, name, place.node) for place in record.places] for record in probes]
    pooled = [score for of_prompt in scores for score in of_prompt]
    kinds = [differs for of_prompt in differing for differs in of_prompt]
    return {
        "label": MEASURE_OF_NAME[name].label,
        "auc": asdict(auc_over_prompts(list(zip(scores, differing, strict=True)))),
        "hits": hits_of(pooled, kinds, sum(kinds)),
    }


def _score(record: ProbeRecord, name: str, node: int) -> float:
    score = record.measures[name][node]
    return math.nan if score is None else score


def _rows(name: str, triggers: Sequence[TriggerRecord]) -> list[tuple[WalkRecord, ...]]:
    """Return the walks of all prompts at each theta of a measure, in the order of its levels: few forks first."""
    of_prompts = [[walk for walk in record.walks if walk.measure == name] for record in triggers]
    return list(zip(*of_prompts, strict=True))


def _row(walks: Sequence[WalkRecord], samples: Sequence[PromptScore]) -> dict[str, Any]:
    scores = [PromptScore(walk.num_tokens, walk.num_sequences, walk.num_correct, False) for walk in walks]
    return {
        "theta": walks[0].theta,
        "num_forks": sum(walk.num_forks for walk in walks),
        "forks": {mark: sum(walk.forks.get(mark, 0) for walk in walks) for mark in ("right", "wrong", "split")},
        **_scored(scores, samples),
    }


def _scored(scores: Sequence[PromptScore], samples: Sequence[PromptScore] | None) -> dict[str, Any]:
    found = scores_of(scores, samples)
    return {
        "num_tokens": found.num_tokens,
        "num_sequences": found.num_sequences,
        "pass_at_k": asdict(found.pass_at_k),
        "pass_rate": asdict(found.pass_rate),
        "saved_fraction": None if found.saved_fraction is None else asdict(found.saved_fraction),
    }


def _notes(
    probes: Sequence[ProbeRecord],
    triggers: Sequence[TriggerRecord],
    plan: WorthPlan,
    measures: Sequence[str],
    told: Mapping[str, Mapping[str, Any]],
    equal_forks: Sequence[Any],
) -> Iterator[str]:
    missing = [name for name in plan.measures if name not in measures]
    if missing:
        yield f"The model does not tell {', '.join(missing)}, which is left out."
    yield from _auc_notes(probes, plan)
    if len(probes) == 1:
        yield "With one prompt there are no intervals; take more prompts."
    unforked = [name for name in measures if triggers and not any(row["num_forks"] for row in told[name]["walks"])]
    if triggers and len(unforked) == len(measures):
        yield "Nothing forks under any measure, so there is nothing to compare; raise the number of tokens, or M."
    elif unforked:
        yield f"At none of its thetas does anything fork under {', '.join(unforked)}, which is left out at equal forks."
    if triggers and len(unforked) < len(measures) and not equal_forks:
        yield "No number of forks is common to all measures, so none can be set side by side; take more prompts."


def _auc_notes(probes: Sequence[ProbeRecord], plan: WorthPlan) -> Iterator[str]:
    places = [place for record in probes for place in record.places]
    num_differing = sum(place.gap >= plan.difference for place in places)
    if 0 < num_differing < len(places):
        return
    if not places:
        yield "AUC is undefined: no token has a second one beside it, so nothing was rolled out."
        return
    rollouts = {sum(place.num_right) / (2 * place.num_rollouts) for place in places}
    answers = {leaf.is_right for record in probes for leaf in record.leaves}
    if num_differing:
        yield (
            f"AUC is undefined: at all {len(places)} places the two tokens led to different outcomes; take more "
            "prompts, or a larger difference."
        )
    elif rollouts in ({0.0}, {1.0}) and len(answers) == 1:
        kind, remedy = ("wrong", "easier") if rollouts == {0.0} else ("right", "harder")
        yield f"AUC is undefined: all answers are {kind}, so no two tokens differ; take {remedy} tasks."
    else:
        yield (
            f"AUC is undefined: at none of the {len(places)} places did the pass rates of the two tokens differ by "
            f"{plan.difference:g} or more; take more prompts, or a smaller difference."
        )
