"""The inspector: what it tells of a token, and growing the tree by hand from it."""

from tests.browser.tree_of_page import click_node, grown, inspected, move_slider, run_to_end, tree


def test_the_inspector_tells_all_of_a_token(scripted_url, open_page):
    page = open_page(scripted_url)
    run_to_end(page)
    inspected(page, 3)
    text = page.inner_text("#inspector")
    assert "entropy of the top 20, nats" in text and "θ 2.00" in text
    assert "The same roll gives this token at" in text and "now 0.6" in text
    assert page.locator("#inspector .eager-row").count() == 20
    assert page.locator("#inspector .eager-bars svg .bars .point").count() == 40  # before and after
    assert page.inner_text("#inspector .eager-context").strip()


def test_a_fork_by_hand_stays_over_a_slider_and_can_be_undone(scripted_url, open_page):
    page = open_page(scripted_url)
    run_to_end(page)
    before = (tree(page, "numNodes"), tree(page, "store.sequences.length"))
    inspected(page, 3)
    token = page.inner_text("#inspector .eager-fork-here").removeprefix("Fork here: ")
    with grown(page):
        page.click("#inspector .eager-fork-here")
    page.wait_for_selector("#inspector .eager-why >> text=was added by hand")
    assert page.inner_text("#inspector .eager-chosen") == token
    assert tree(page, "store.sequences.length") == before[1] + 1
    assert "1 branch by hand" in page.inner_text(".eager-hand")

    with grown(page):
        move_slider(page, "theta", 2.9)
    assert tree(page, "store.rule.join('').includes('h')")
    with grown(page):
        move_slider(page, "theta", 2)
    with grown(page):
        page.click(".eager-hand button")
    page.wait_for_selector(".eager-hand", state="hidden")
    assert (tree(page, "numNodes"), tree(page, "store.sequences.length")) == before
    assert page.errors == []


def test_any_bar_can_be_taken_by_mouse_and_by_keyboard(scripted_url, open_page):
    page = open_page(scripted_url)
    run_to_end(page)
    click_node(page, 3)
    page.wait_for_selector("#inspector .eager-row")
    with grown(page):
        page.locator("#inspector .eager-row:not(.eager-row-taken)").nth(4).click()
    page.wait_for_selector("#inspector .eager-why >> text=was added by hand")
    page.focus("#inspector .eager-row")
    for _ in range(9):
        page.keyboard.press("ArrowDown")
    with grown(page):
        page.keyboard.press("Enter")
    page.wait_for_selector(".eager-hand >> text=2 branches by hand")
    page.locator("#inspector .eager-row-taken").first.click()  # one that the tree has already: go there
    page.wait_for_function("document.querySelector('#inspector .eager-why').innerText.includes('ork')")
    with grown(page):
        page.click(".eager-hand >> text=Remove all")
    page.wait_for_selector(".eager-hand", state="hidden")
    assert page.errors == []
