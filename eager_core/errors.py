"""The one tree of errors: each message gives the value, the limit and the remedy."""


class EagerError(Exception):
    """Base of every error that this package raises on purpose; its text is one sentence for a person."""


class SettingsError(EagerError, ValueError):
    """A setting lies outside what the method or the model allows."""


class PromptError(EagerError, ValueError):
    """A prompt is empty, or does not fit the model's context."""


class ModelError(EagerError, RuntimeError):
    """A model can't be found, read or served."""


class MemoryShortError(ModelError):
    """What was asked for does not fit into the memory that is free now; it may once something else is closed."""


class TraceError(EagerError, ValueError):
    """A trace is not JSON, is of another version, or contradicts itself."""
