"""What the page says of the run below its tree: sequences, entropies, cost, and what went wrong."""

from typing import Any

from components.frame.view import Facts, View


class SequencesView(View):
    """The sequences as text; has no value of its own."""

    def __init__(self, facts: Facts, **kwargs: Any) -> None:
        super().__init__("sequences", facts, **kwargs)


class EntropyView(View):
    """The entropies along a sequence and of all tokens; has no value of its own."""

    def __init__(self, facts: Facts, **kwargs: Any) -> None:
        super().__init__("entropy", facts, **kwargs)


class LedgerView(View):
    """What the run cost; has no value of its own."""

    def __init__(self, facts: Facts, **kwargs: Any) -> None:
        super().__init__("ledger", facts, **kwargs)


class DiagnosisView(View):
    """What went wrong in the run. `value` is what `components.sequences.diagnosing` returns.

    Event: `ask`, when a run is over.
    """

    def __init__(self, facts: Facts, **kwargs: Any) -> None:
        super().__init__("diagnosis", facts, ("ask",), **kwargs)
