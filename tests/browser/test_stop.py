"""Run and Stop pressed in one tick, and heard in the other order: nothing is run."""

import json

from playwright.sync_api import Page, Request, Route

from tests.browser.budget_of_page import fill_form, wait_for
from tests.browser.tree_of_page import run_to_end, tree

TELL_RUNS = """(of) => {
  window.told = [];
  const view = new Function(`return ${of};`)();
  const take = view.take;
  view.take = function (delta) {
    window.told.push(delta.run);
    take.call(this, delta);
  };
}"""
"""Notes which runs the page is told of."""

NUM_INPUTS_OF_STOP = 1
LEAST_INPUTS_OF_RUN = 10


def is_run(request: Request) -> bool:
    """Whether the page asks for a run: it sends all the controls along."""
    return request.method == "POST" and len(json.loads(request.post_data)["data"]) >= LEAST_INPUTS_OF_RUN


def is_stop(request: Request) -> bool:
    """Whether the page sends a Stop: it carries one number."""
    return request.method == "POST" and len(json.loads(request.post_data)["data"]) == NUM_INPUTS_OF_STOP


def press_run_and_stop(page: Page, run: str, stop: str) -> None:
    """Press both in one tick, and let Run's call wait until the server has heard of Stop."""
    held: list[Route] = []

    def hold(route: Route) -> None:
        if is_run(route.request) and not held:
            held.append(route)
        else:
            route.continue_()

    calls = "**/gradio_api/**"
    page.route(calls, hold)
    with page.expect_request(is_run), page.expect_response(lambda response: is_stop(response.request)) as heard:
        page.evaluate("(ids) => ids.forEach((id) => document.getElementById(id).click())", [run, stop])
    heard.value.finished()
    with page.expect_response(lambda response: is_run(response.request)) as begun:
        held[0].continue_()
    begun.value.finished()
    page.unroute(calls)


def test_a_run_that_is_heard_after_its_stop_leaves_the_tree(scripted_url, open_page):
    page = open_page(scripted_url)
    run_to_end(page)
    before = tree(page, "run"), tree(page, "numNodes")
    page.evaluate(TELL_RUNS, "eager.catchingUp")
    page.fill("#prompt textarea", "Another question.")
    press_run_and_stop(page, "run", "stop")
    assert (tree(page, "run"), tree(page, "numNodes")) == before
    run_to_end(page)  # the next one is run: nothing stands in its way
    assert set(page.evaluate("window.told")) == {tree(page, "run")}
    assert tree(page, "run") > before[0]
    assert page.errors == []


def test_an_experiment_that_is_heard_after_its_stop_is_not_run(budget_url, open_page):
    page = open_page(budget_url)
    fill_form(page)
    page.evaluate(TELL_RUNS, "document.getElementById('budget-view').budget")
    press_run_and_stop(page, "budget-run", "budget-stop")
    assert page.evaluate("window.told") == []
    page.click("#budget-run")
    wait_for(page, "view.store.progress.state === 'done'")
    assert len(set(page.evaluate("window.told"))) == 1
    assert page.errors == []
