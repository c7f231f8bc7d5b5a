"""The page under a path of its own, in another application or behind a proxy: all that it asks for lies there."""

from urllib.parse import urlsplit

import pytest

from tests.browser.conftest import served
from tests.browser.path_page import PATH
from tests.browser.tree_of_page import click_node, move_slider, run_to_end, tree, wait_for_tree


@pytest.mark.parametrize("how", ["mounted", "proxied"])
def test_a_whole_run_under_a_path_asks_for_nothing_outside_of_it(how, open_page):
    with served("-m", "tests.browser.path_page", how) as url:
        page = open_page(f"{url}{PATH}", watch_console=True)
        run_to_end(page)
        assert tree(page, "numNodes") > 100
        click_node(page, 4)
        page.wait_for_selector("#inspector .eager-bars svg")
        run = tree(page, "run")
        move_slider(page, "theta", 2.6)
        wait_for_tree(page, f"tree.run > {run} && !tree.running")
        with page.expect_download() as download:
            page.click("#download-page")
        assert b"module0" in download.value.path().read_bytes()
        page.wait_for_function("location.search.includes('theta=2.6')")
        assert page.evaluate("getComputedStyle(document.querySelector('.eager-stage')).borderRadius") == "6px"  # ours
        paths = [urlsplit(url).path for url in page.requested if not url.startswith(("data:", "blob:"))]
        assert [path for path in paths if not path.startswith(f"{PATH}/")] == []
        assert sum("/tree/view.js" in path for path in paths) == 1
        assert sum(path.endswith("/plotly.min.js") for path in paths) == 1
        assert page.errors == []
