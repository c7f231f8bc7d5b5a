"""What went wrong in the run on the page, told when it is over."""

import json
from dataclasses import asdict

import gradio as gr

from components.visitors.identity import visitor_of
from components.visitors.session import Visitors
from eager_core.diagnosis import diagnose


class Diagnosing:
    """Answers for all visitors."""

    def __init__(self, visitors: Visitors) -> None:
        self.visitors = visitors

    def ask(self, request: gr.Request) -> str:
        """Return {run, findings} as JSON, each finding with what to do; none for a run that was stopped on its way.
        Output: the diagnosis."""
        growth = self.visitors.session(visitor_of(request)).growth
        tree = growth.snapshot()
        was_stopped = any(sequence.finish_reason in (None, "stopped") for sequence in tree.sequences)
        findings = [] if was_stopped else [asdict(finding) for finding in diagnose(tree)]
        return json.dumps({"run": growth.run, "findings": findings}, ensure_ascii=False)
