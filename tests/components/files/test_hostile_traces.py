"""Whatever opens as a trace, the page can show, tell of and save: nothing that it calls raises."""

import json
from io import BytesIO, StringIO

import networkx as nx
from hypothesis import HealthCheck, given, settings
from rich.console import Console

from components.files.graphml import graphml
from components.files.web_page import web_page
from components.frame.controls import controls_of
from components.inspector.inspection import find_path, inspect, token_ids
from components.page_facts import PAGE_FACTS
from components.tree.growth import Growth, Known
from eager_core import TokenTree, TraceError, fold
from eager_core.authors import authors_json_of, runs_from_authors_json
from eager_core.diagnosis import diagnose
from eager_core.terminal.picture import picture
from eager_core.traces import read_trace
from tests.core.hostile_traces import REAL_TRACES, spoiled_traces


def show_everywhere(text: str) -> TokenTree:
    """Do with a trace all that the page and the command line do with one."""
    trace = read_trace(text)
    events, recorded = trace.events, trace.recorded
    tree = fold(events)
    growth = Growth(1)
    for event in events:  # one delta an event: every cut is one that the page may see
        growth.take([event])
        growth.delta()
    growth.end()
    assert json.loads(growth.catch_up(Known(1, 1, 1, -1, 1)))["first"] == 1
    for node in tree.nodes():
        told = inspect(tree, node.id, recorded=recorded)
        assert told["why"].endswith(".") and "None" not in told["why"]
        json.dumps(told, allow_nan=False)
        if node.token_id is not None:
            assert find_path(tree, token_ids(tree, node.id)) is not None
    assert nx.read_graphml(BytesIO(graphml(tree).encode())).number_of_nodes() == tree.num_nodes
    assert "</html>" in web_page(tree, PAGE_FACTS, recorded=recorded)
    controls_of(tree.started).settings()
    assert all(finding.what for finding in diagnose(tree))
    Console(file=StringIO(), width=100).print(picture(tree))
    return tree


def export(tree: TokenTree) -> None:
    """Write the authors' file, and read it again."""
    try:
        written = json.dumps(authors_json_of([tree]), allow_nan=False)
        runs_from_authors_json(written)
    except TraceError as error:
        assert "\n" not in str(error)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(spoiled_traces())
def test_what_opens_can_be_shown(text):
    try:
        read_trace(text)
    except TraceError:
        return
    export(show_everywhere(text))


def test_real_traces_can_be_shown():
    for text in REAL_TRACES.values():
        export(show_everywhere(text))
