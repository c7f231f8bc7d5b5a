"""What the page calls its controls: where an error names a field as Python does, a reader is told the control."""

import re

CONTROL_NAMES = {
    "theta": "θ  threshold",
    "max_sequences": "M  maximum sequences",
    "temperature": "τ  temperature",
    "top_p": "Top-p",
    "max_new_tokens": "Maximum new tokens",
    "seed": "Seed",
    "date": "Date",
    "strategy": "Strategy",
    "measure": "Measure",
    "cap": "M counts",
    "dynamic_threshold": "θ may rise",
    "entropy_of": "Entropy of",
    "percentile": "Percentile",
    "num_candidate_branches": "Branches of a fork",
    "model": "Model",
    "precision": "Precision",
}
"""By the names of `Controls`, in their order."""

_LEADING_FIELD = re.compile(rf"({'|'.join(CONTROL_NAMES)})(?: \(M\))?(?= is )")


def with_control_name(sentence: str) -> str:
    """Return an error's sentence with the field that it begins with named as the page labels its control.

    "max_new_tokens is 0, but must be ..." becomes "Maximum new tokens is 0, but must be ..."; others stay as they are.
    """
    found = _LEADING_FIELD.match(sentence)
    if found is None:
        return sentence
    return " ".join(CONTROL_NAMES[found[1]].split()) + sentence[found.end() :]
