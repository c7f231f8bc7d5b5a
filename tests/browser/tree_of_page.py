"""What the tests ask of the tree on a page, through the contract that its host element carries."""

import re

from playwright.sync_api import Page

_TREE = "document.getElementById('token-tree').tokenTree"


def tree(page: Page, expression: str):
    """Return the value of `tokenTree.<expression>`."""
    return page.evaluate(f"{_TREE}.{expression}")


def wait_for_tree(page: Page, condition: str) -> None:
    """Wait until a condition on `tree` holds."""
    page.wait_for_function(f"(() => {{ const tree = {_TREE}; return {condition}; }})()")


def drawn(page: Page) -> None:
    """Wait until what was asked for last is drawn: the tree draws once a frame, and Plotly a moment after."""
    page.evaluate(
        "() => new Promise((done) => { let left = 4; const frame = () => "
        "(left-- > 0 ? requestAnimationFrame(frame) : setTimeout(done, 200)); frame(); })"
    )


def sequences_drawn(page: Page) -> None:
    """Wait until the Sequences panel, which draws less often than the tree, shows what the store holds."""
    page.wait_for_function(
        f"document.querySelector('#sequences .eager-sequences').dataset.drawn === String({_TREE}.store.version)"
    )


def run_to_end(page: Page) -> None:
    """Press Run and wait until that run is over."""
    before = tree(page, "run")
    page.click("#run")
    wait_for_tree(page, f"tree.run > {before} && !tree.running")


def click_node(page: Page, node_id: int) -> None:
    """Click where a node is drawn."""
    at = tree(page, f"pixelOf({node_id})")
    page.mouse.click(at["x"], at["y"])


def move_slider(page: Page, elem_id: str, value: float) -> None:
    """Put a slider to a value, as a hand would: one event."""
    page.locator(f"#{elem_id} input[type=range]").fill(str(value))


def number_in(text: str) -> int:
    """Return the first whole number in a text."""
    return int(re.search(r"[\d,]+", text).group().replace(",", ""))


def depth_of_selected(page: Page) -> int:
    """Return how many tokens after the prompt the selected node stands."""
    return page.evaluate(f"{_TREE}.store.depth[{_TREE}.store.selected]")


def inspected(page: Page, node_id: int) -> None:
    """Inspect a node wherever it is drawn, and wait for what is told of it."""
    page.evaluate(f"{_TREE}.view.inspect({node_id})")
    page.wait_for_selector(f"#inspector [data-node='{node_id}'] .eager-why")


def drawn_cells(page: Page) -> int:
    """Return how many tokens the tree shows as cells."""
    spans = f"{_TREE}.view._spans"
    return page.evaluate(f"{spans}.reduce((sum, {{ limb, present }}) => sum + present - (limb.firstDepth === 0), 0)")
