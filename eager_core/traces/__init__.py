"""A run as a JSON file: written from a tree, and read back as the events that made it."""

from eager_core.traces.files import LARGEST_TRACE_BYTES, load_trace, load_whole_trace, save_trace
from eager_core.traces.reading import Trace, events_from_json, read_trace, trace_from_json
from eager_core.traces.records import SCHEMA_VERSION
from eager_core.traces.writing import trace_of, trace_to_json

__all__ = [
    "LARGEST_TRACE_BYTES",
    "SCHEMA_VERSION",
    "Trace",
    "events_from_json",
    "load_trace",
    "load_whole_trace",
    "read_trace",
    "save_trace",
    "trace_from_json",
    "trace_of",
    "trace_to_json",
]
