"""The result files of the EAGer authors' code: read as trees, and written."""

from eager_core.authors.literals import parse_literal
from eager_core.authors.reading import ImportedRun, load_authors_file, runs_from_authors_json
from eager_core.authors.writing import authors_json_of

__all__ = ["ImportedRun", "authors_json_of", "load_authors_file", "parse_literal", "runs_from_authors_json"]
