"""What the tests ask of the tree on a page, through the contract that its host element carries."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Page, Response

_TREE = "document.getElementById('token-tree').tokenTree"


def tree(page: Page, expression: str):
    """Return the value of `tokenTree.<expression>`."""
    return page.evaluate(f"{_TREE}.{expression}")


def in_module(page: Page, name: str, call: str):
    """Return what a call of one of a page's modules gives, such as `sizeBehind(eager.store, 1)` in tree/spans.js."""
    return page.evaluate(f"import(`${{eager.folder}}/{name}`).then((module) => module.{call})")


def wait_for_tree(page: Page, condition: str) -> None:
    """Wait until a condition on `tree` holds."""
    page.wait_for_function(f"(() => {{ const tree = {_TREE}; return {condition}; }})()")


def frames(page: Page, number: int = 3) -> None:
    """Wait until the browser has drawn so many frames: by then the page has done all that it does in the next one."""
    page.evaluate(
        "(left) => new Promise((done) => {"
        " const frame = () => (left-- > 0 ? requestAnimationFrame(frame) : done()); frame(); })",
        number,
    )


def drawn(page: Page) -> None:
    """Wait until what was asked for last is drawn: the tree draws once a frame, and Plotly says when it is done."""
    frames(page)
    page.evaluate(f"{_TREE}.view.painted")
    frames(page)


def typed(page: Page) -> None:
    """Wait until Gradio has taken over what was typed: it does so before the next frame."""
    frames(page, 4)


def filled(page: Page, prompt: str) -> None:
    """Wait until the page is filled as its link says, `prompt` in its field and all controls with it."""
    page.wait_for_function("told => document.querySelector('#prompt textarea')?.value === told", arg=prompt)
    typed(page)


def sequences_drawn(page: Page) -> None:
    """Wait until the Sequences panel, which draws less often than the tree, shows what the store holds."""
    drawn = f"document.querySelector('#sequences .eager-sequences').dataset.drawn === String({_TREE}.store.version)"
    page.wait_for_function(drawn)


@contextmanager
def grown(page: Page) -> Iterator[None]:
    """Do what asks for another run, then wait until that run is over. Runs are numbered over all visitors, so nothing
    is known of a number but that it is higher than those before."""
    before = tree(page, "run")
    yield
    wait_for_tree(page, f"tree.run > {before} && !tree.running")


def run_to_end(page: Page) -> None:
    """Press Run and wait until that run is over, and shown by all that shows it."""
    with grown(page):
        page.click("#run")
    sequences_drawn(page)
    drawn(page)


def is_stop(response: Response) -> bool:
    """Whether the server answers a Stop, the only event that goes past the queue."""
    return "/run/" in response.url


def stop(page: Page) -> None:
    """Press Stop and wait until the server has heard of it."""
    with page.expect_response(is_stop) as heard:
        page.click("#stop")
    heard.value.finished()


def moved_to(page: Page, at: dict[str, float]) -> None:
    """Move the pointer to a point, and wait until the page has heard of it: a busy browser may draw frames before."""
    page.mouse.move(0, 0)
    page.evaluate(
        "at => { window.movedTo = new Promise((done) => window.addEventListener('pointermove', function hear(event) {"
        " if (Math.hypot(event.clientX - at.x, event.clientY - at.y) > 1) return;"
        " window.removeEventListener('pointermove', hear); done(true); })); }",
        at,
    )
    page.mouse.move(at["x"], at["y"])
    page.evaluate("window.movedTo")


def click_node(page: Page, node_id: int) -> None:
    """Click where a node is drawn, once it stands there."""
    drawn(page)
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
