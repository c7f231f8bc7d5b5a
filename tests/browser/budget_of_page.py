"""What the tests ask of the experiment on a page."""

from playwright.sync_api import Page

from tests.browser.tree_of_page import frames, typed

VIEW = "document.getElementById('budget-view').budget"


def fill_form(page: Page, **values: str) -> None:
    """Fill the form's numbers in: a small experiment, but for what `values` says."""
    page.wait_for_function(f"{VIEW} !== undefined")
    for name, value in {"num_prompts": "4", "max_new_tokens": "16", "theta": "1.5", **values}.items():
        page.locator(f"#budget-{name.replace('_', '-')} input[type=number]").fill(value)
    typed(page)


def wait_for(page: Page, condition: str) -> None:
    """Wait until a condition on `view` holds."""
    # Before a run has begun, what the condition names is not there yet.
    told = f"(() => {{ const view = {VIEW}; try {{ return {condition}; }} catch {{ return false; }} }})()"
    page.wait_for_function(told)


def plots_drawn(page: Page) -> None:
    """Wait until the plots, which are drawn once a second at most, show what was told of them last."""
    page.wait_for_function(f"{VIEW}.plots.isDrawn")
    page.wait_for_function("document.querySelectorAll('.eager-budget-plot .main-svg').length >= 2")
    frames(page)
