"""A sweep on the page, and the offer of what was calibrated."""

from typing import Any

from components.frame.view import Facts, View


class SweepView(View):
    """A sweep: progress, the lines over theta, the front and the table.

    `value` is a delta of `components.sweeps.report`.

    Events: `choose` ({theta, max_sequences}: a person wants these beside the tree) and `catch_up` (a delta was lost).
    """

    def __init__(self, facts: Facts, **kwargs: Any) -> None:
        super().__init__("sweep", facts, ("choose", "catch_up"), **kwargs)


class CalibrationView(View):
    """What was calibrated: sentences, and the curve that it was chosen on.

    `value` is what `components.sweeps.handlers.told_choice` gives.
    """

    def __init__(self, facts: Facts, **kwargs: Any) -> None:
        super().__init__("calibration", facts, **kwargs)


class OfferView(View):
    """The button "calibrated: 2.1" under theta's slider.

    `value` is {"theta": nats or null, "title": what it was chosen for}.

    Events: `choose` ({theta}: a person wants it).
    """

    def __init__(self, facts: Facts, **kwargs: Any) -> None:
        super().__init__("offer", facts, ("choose",), **kwargs)
