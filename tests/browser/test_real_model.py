"""One journey on the packaged model, as a reader has it."""

from tests.browser.tree_of_page import click_node, move_slider, sequences_drawn, tree, wait_for_tree


def test_the_packaged_model_grows_a_branching_tree(real_url, open_page):
    page = open_page(real_url)
    page.wait_for_selector("#engine-line >> text=SmolLM2-135M-Instruct loads when you type or press Run")
    before = tree(page, "run")  # of the recorded tree that the page opens with
    page.click("#run")
    # Not also that it runs: a quick machine may be done before a busy browser looks.
    wait_for_tree(page, f"tree.run > {before} && tree.numForks >= 1 && tree.numNodes > 30")
    page.wait_for_selector("#engine-line >> text=mode on")
    assert "cpu" in page.inner_text("#engine-line") or "cuda" in page.inner_text("#engine-line")
    page.click("#stop")
    wait_for_tree(page, "!tree.running")
    click_node(page, 2)
    page.wait_for_selector("#inspector .eager-bars svg")
    sequences_drawn(page)
    assert page.inner_text("#sequences").startswith("0")
    run = tree(page, "run")
    move_slider(page, "theta", 3)
    wait_for_tree(page, f"tree.run > {run} && tree.numNodes > 12")
    assert tree(page, "numForks") == 0
    page.click("#stop")
    wait_for_tree(page, "!tree.running")
    assert page.errors == []
