"""The handlers of files beside those of runs, as the page has them."""

from components.files.handlers import FileHandlers
from components.page_facts import PAGE_FACTS
from components.visitors.handlers import RunHandlers


def files_of(handlers: RunHandlers) -> FileHandlers:
    """Return the handlers of files for the same visitors."""
    return FileHandlers(handlers.engines, handlers.visitors, PAGE_FACTS)
