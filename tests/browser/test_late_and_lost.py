"""What is lost on the way is made up for, what comes late is dropped, and a second press is a second file."""

import json

from tests.browser.tree_of_page import click_node, grown, inspected, run_to_end, tree, wait_for_tree

DROP = """(which) => {
  const { catchingUp } = eager;
  const take = catchingUp.take.bind(catchingUp);
  window.dropped = [];
  const holds = new Function("delta", `return ${which};`);
  catchingUp.take = (delta) => {
    if (window.dropped.length === 0 && holds(delta)) {
      window.dropped.push(delta);
      return;
    }
    take(delta);
  };
}"""
"""Loses the first delta of which an expression holds, be it one that makes up for what was lost before."""

HOLD = """() => {
  const receive = eager.inspector.receive.bind(eager.inspector);
  const held = [];
  eager.inspector.receive = (told) => held.push(told);
  window.holds = (id, run) => held.some((told) => told.id === id && told.run === run);
  window.letGo = (id, run) => receive(held.find((told) => told.id === id && told.run === run));
}"""
"""Keeps what the inspector is told until it is let go, in whatever order. Also a run's last word on what is inspected,
which may come whenever a test has gone on; so all are named by the token and the run that they tell of."""


def held(page, node_id: int) -> str:
    """Wait until what is told of a node of the present run is held, and return what names it."""
    name = f"{node_id}, {tree(page, 'run')}"
    page.wait_for_function(f"window.holds({name})")
    return name


def what_stands(page) -> dict:
    """Return the parts of the tree on the page that a lost delta would lack."""
    return {
        "ends": tree(page, "store.sequences.map((sequence) => sequence.reason)"),
        "forks": tree(page, "store.forks"),
        "nodes": tree(page, "numNodes"),
        "ledger": tree(page, "store.ledger.slice(0, 4)"),
    }


def test_a_lost_delta_is_made_up_for_the_last_one_too(scripted_url, open_page):
    page = open_page(scripted_url)
    run_to_end(page)
    whole = what_stands(page)
    # Not "the third": where the browser is busy, Gradio hands it only the last of several deltas.
    for which in ("delta.seq >= 3", "delta.forks.length > 0", "!delta.running"):
        other = open_page(scripted_url)
        other.evaluate(DROP, which)
        run_to_end(other)
        assert other.evaluate("window.dropped.length") == 1
        assert what_stands(other) == whole
        assert other.errors == []


def test_a_late_answer_does_not_take_the_inspector(scripted_url, open_page):
    page = open_page(scripted_url)
    run_to_end(page)
    page.evaluate(HOLD)
    names = []
    for node in (3, 5):
        page.evaluate(f"eager.tree.inspect({node})")
        names.append(held(page, node))
    page.evaluate(f"window.letGo({names[1]})")
    page.wait_for_selector("#inspector [data-node='5'] .eager-why")
    page.evaluate(f"window.letGo({names[0]})")
    assert page.get_attribute("#inspector [data-node]", "data-node") == "5"
    assert tree(page, "store.selected") == 5


def test_an_answer_leaves_a_selection_alone_that_has_moved_on(scripted_url, open_page):
    page = open_page(scripted_url)
    run_to_end(page)
    page.evaluate(HOLD)
    click_node(page, 3)
    name = held(page, 3)
    page.keyboard.press("ArrowRight")
    moved = tree(page, "store.selected")
    assert moved != 3
    page.evaluate(f"window.letGo({name})")
    page.wait_for_selector("#inspector [data-node='3'] .eager-why")
    assert tree(page, "store.selected") == moved


def test_a_token_that_is_told_of_before_its_delta_comes_is_selected_when_it_has_come(scripted_url, open_page):
    page = open_page(scripted_url)
    run_to_end(page)
    inspected(page, 3)
    page.evaluate(
        """() => {
          const { store, inspector } = eager;
          const { told } = inspector;
          window.numNodes = store.numNodes;
          store.numNodes = 3; // as if the delta with node 3 were on its way
          store.select(null);
          inspector.receive({ ...told, request: eager.requests.newest });
        }"""
    )
    assert tree(page, "store.selected") is None
    page.evaluate("eager.store.numNodes = window.numNodes; eager.store.changed();")
    wait_for_tree(page, "tree.store.selected === 3")
    assert page.errors == []


def test_an_answer_from_before_a_run_is_not_shown_after_it(scripted_url, open_page):
    page = open_page(scripted_url)
    run_to_end(page)
    inspected(page, 4)
    page.evaluate(HOLD)
    page.evaluate("eager.tree.inspect(6)")
    before = held(page, 6)
    run_to_end(page)
    after = held(page, 6)
    page.evaluate(f"window.letGo({after})")
    page.wait_for_selector("#inspector [data-node='6'] .eager-why")
    assert tree(page, "store.selected") == 6
    page.evaluate("eager.tree.inspect(2)")
    page.evaluate(f"window.letGo({before})")
    assert page.get_attribute("#inspector [data-node]", "data-node") == "6"
    assert page.errors == []


def test_trace_pressed_twice_gives_two_files(scripted_url, open_page):
    page = open_page(scripted_url)
    run_to_end(page)
    files = []
    for _ in range(2):
        with page.expect_download() as download:
            page.click("#download-trace")
        files.append(json.loads(download.value.path().read_bytes()))
    assert files[0] == files[1]


def test_a_run_pressed_while_another_grows_leaves_one_tree_that_is_whole(gated, open_page):
    url, gate = gated
    page = open_page(url)
    gate.allow(8)
    page.click("#run")
    wait_for_tree(page, "tree.running && tree.numNodes > 5")
    with grown(page):
        with page.expect_response(lambda response: "/queue/join" in response.url):
            page.click("#run")
        gate.open()
    ends = tree(page, "store.sequences.map((sequence) => sequence.reason)")
    assert set(ends) <= {"eos", "length"}
    assert tree(page, "store.ledger[0]") + 1 == tree(page, "numNodes")
