"""Short sentences on the page, as HTML that holds nothing but text."""

from html import escape

from components.frame.control_names import with_control_name
from eager_core.engine import Engine, context_cap_of

DEFAULT_MODEL_ID = "HuggingFaceTB/SmolLM2-135M-Instruct"
"""What the packaged model is called in traces; a test compares it with `eager_core.models`."""

DEFAULT_MODEL = "SmolLM2-135M-Instruct"
"""What the packaged model is called before it is loaded."""


def problem_html(sentence: str) -> str:
    """Return what is shown near the prompt when something was refused; empty for an empty sentence."""
    return f'<p class="eager-problem" role="alert">{escape(with_control_name(sentence))}</p>' if sentence else ""


def engine_html(engine: Engine) -> str:
    """Return the line that says which model answers, how precisely, and where."""
    cap = context_cap_of(engine)
    exact = "exact mode" if engine.precision == "float32" else "fast mode"
    return (
        f'<p class="eager-engine"><b>{escape(short_name(engine.model_name))}</b> {escape(engine.precision)}, {exact} '
        f"on {escape(engine.device)}{f', {cap.sentence_part}' if cap else ''}</p>"
    )


def loading_html(name: str) -> str:
    """Return the line that stands there until the model is loaded."""
    return f'<p class="eager-engine eager-waiting">Loading the model{escape(f" {name}" if name else "")} …</p>'


def waiting_html(name: str) -> str:
    """Return the line that stands there before a model is asked for: nothing is loaded until it is needed."""
    shown = escape(short_name(name or DEFAULT_MODEL))
    return f'<p class="eager-engine"><b>{shown}</b> loads when you type or press Run</p>'


def short_name(model_name: str) -> str:
    """Return the last part of a Hub id or path."""
    return model_name.rstrip("/").rsplit("/", 1)[-1]


def note_html(sentence: str) -> str:
    """Return a quiet line: something went well."""
    return f'<p class="eager-note">{escape(sentence)}</p>'
