"""An experiment on the page."""

from typing import Any

from components.frame.view import Facts, View


class ExperimentView(View):
    """An experiment: progress, small multiples, pot, table and plots.

    `value` is a delta of `components.experiments.report`.

    Events: `open_tree` ({stage, number}: a person wants to see a prompt's tree) and `catch_up` (a delta was lost).
    """

    def __init__(self, facts: Facts, **kwargs: Any) -> None:
        super().__init__("experiment", facts, ("open_tree", "catch_up"), **kwargs)
