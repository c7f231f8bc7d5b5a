"""An experiment in the browser: multiples fill, table and plots appear, stop keeps, a click opens a tree; diagnosis."""

import json

import pytest

from tests.browser.budget_of_page import VIEW, fill_form, plots_drawn, wait_for
from tests.browser.test_everyone import barriers
from tests.browser.tree_of_page import run_to_end, tree, typed, wait_for_tree

COUNT_FLIGHTS = """() => {
  window.flights = 0;
  new MutationObserver((changes) => {
    for (const { addedNodes } of changes) for (const node of addedNodes) flights += node.className === "eager-flight";
  }).observe(document.body, { childList: true });
}"""
SAVE_AGAIN = f"""(() => {{
  const view = {VIEW};
  const {{ run, seq, progress, pot, grades }} = view.store;
  const graded = [...grades].map(([key, grade]) => [...key.split("/"), grade]).filter(([stage]) => stage === "init");
  if (matchMedia("(prefers-reduced-motion: no-preference)").matches) window.flights = 0;
  view.take({{ run, seq: seq + 1, progress, pot: {{ ...pot, stage: null }}, graded }});
  return graded.reduce((sum, [, , grade]) => sum + grade.saved, 0);
}})()"""
"""Tells the page once more, in one delta, what stage 1 saved. The deltas of the experiment itself may be handed over
several at a time where the browser is busy; then the page catches up, and nothing flies. Returns how much was saved."""


def is_painted(page, number: int) -> bool:
    """Whether a tile's canvas has any pixel."""
    return page.evaluate(
        "number => { const canvas = document.querySelectorAll('.eager-tile-tree')[number];"
        " const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);"
        " return data.some((value) => value > 0); }",
        number,
    )


def test_an_experiment_fills_its_multiples_shares_the_pot_out_and_opens_a_tree(budget_url, open_page):
    page = open_page(budget_url)
    fill_form(page)
    page.click("#budget-run")
    wait_for(page, "view.store.progress.state === 'done'")
    plots_drawn(page)
    assert page.locator(".eager-tile").count() == 4
    assert all(is_painted(page, number) for number in range(4))
    assert page.locator(".eager-tile-mark:text('✓')").count() + page.locator(".eager-tile-mark:text('✗')").count() == 4
    assert page.get_attribute(".eager-progress-bar", "aria-valuenow") == "100"
    assert "16 of 16 done" in page.inner_text(".eager-progress-words")
    assert [row.get_attribute("data-stage") for row in page.locator(".eager-table tbody tr").all()] == [
        "parallel", "init", "adapt", "full",
    ]  # fmt: skip
    assert page.locator(".eager-budget-plot .main-svg").count() >= 2
    words = page.inner_text(".eager-pot-words")
    assert "adapt:" in words and "full:" in words and "saved" in words
    left = page.evaluate(f"{VIEW}.store.pot.left")
    assert page.inner_text(".eager-pot-head b") == str(left)
    page.wait_for_function("left => document.querySelectorAll('.eager-pot-dots i').length === left", arg=left)

    with page.expect_download() as download:
        page.click("#budget-save")
    results = json.loads(download.value.path().read_text(encoding="utf-8"))
    assert list(results["stages"]) == ["parallel", "init", "adapt", "full"]

    # As if deltas had been lost: it finds the gap, and asks again.
    page.evaluate(
        f"(view => {{ const {{ store }} = view; store.trees.clear(); store.seq -= 1;"
        f" view.take({{ ...store, seq: store.seq + 2, start: undefined }}); }})({VIEW})"
    )
    wait_for(page, "view.store.trees.has('init/2')")
    letters = page.evaluate(f"{VIEW}.store.trees.get('init/2').rows.map((row) => row.letters).join('')")
    assert len(letters) == results["prompts"]["init"][2]["num_tokens"]
    page.click(".eager-budget-stage[data-stage=init]")
    page.click(".eager-tile >> nth=2")
    wait_for_tree(page, "tree.numNodes > 1 && !tree.running")
    assert tree(page, "numNodes") - 1 == results["prompts"]["init"][2]["num_tokens"]
    prompt = page.evaluate(f"{VIEW}.store.start.prompts[2]")
    page.wait_for_function("told => document.querySelector('#prompt textarea').value === told", arg=prompt)
    assert page.errors == []


def test_a_stop_keeps_what_is_done_and_refusals_lose_nothing(budget_url, open_page, tmp_path):
    page, other = open_page(budget_url), open_page(budget_url)
    fill_form(page, num_prompts="30", max_new_tokens="200")
    page.click("#budget-run")
    wait_for(page, "view.store.grades.size >= 2")
    page.click("#budget-stop")
    wait_for(page, "view.store.progress.state === 'stopped'")
    num_done = page.evaluate(f"{VIEW}.store.grades.size")
    assert 2 <= num_done < 120
    row = page.inner_text(".eager-table tbody tr")
    assert "of 30 prompts" in row

    fill_form(page, num_prompts="0")
    page.click("#budget-run")
    page.wait_for_selector("#budget-problem >> text=The number of prompts is 0")
    broken = tmp_path / "broken.jsonl"
    broken.write_text('{"prompt": "<img src=x onerror=alert(1)>"', encoding="utf-8")
    page.set_input_files("#budget input[type=file]", str(broken))
    page.wait_for_selector("#budget-problem >> text=broken.jsonl, line 1")
    assert page.evaluate(f"{VIEW}.store.grades.size") == num_done
    assert page.inner_text(".eager-table tbody tr") == row
    assert other.evaluate(f"{VIEW}.store.run") == 0
    assert page.errors == other.errors == []


def test_own_tasks_are_run_and_their_text_is_never_html(budget_url, open_page, tmp_path):
    page = open_page(budget_url)
    page.on("dialog", lambda dialog: page.errors.append(f"dialog: {dialog.message}"))
    own = tmp_path / "own.jsonl"
    prompts = ["<img src=x onerror=alert(1)>", "<script>alert(2)</script>", "{{x}} ${y}"]
    own.write_text("".join(json.dumps({"prompt": p, "answer": "1"}) + "\n" for p in prompts), encoding="utf-8")
    fill_form(page, num_prompts="10")
    page.set_input_files("#budget input[type=file]", str(own))
    page.wait_for_selector("#budget-problem >> text=own.jsonl: 3 tasks")
    page.click("#budget-run")
    wait_for(page, "view.store.progress?.state === 'done'")
    assert page.locator(".eager-tile-prompt").all_text_contents() == prompts
    assert page.locator("#budget-view :is(img, script)").count() == 0
    assert page.errors == []


@pytest.mark.parametrize(("theme", "width", "motion"), [("dark", 1440, "no-preference"), ("light", 360, "reduce")])
def test_an_experiment_is_for_everyone(budget_url, open_page, theme, width, motion):
    page = open_page(budget_url, width=width, theme=theme)
    page.emulate_media(reduced_motion=motion)
    page.evaluate(COUNT_FLIGHTS)
    fill_form(page)
    page.click("#budget-run")
    wait_for(page, "view.store.progress?.state === 'done'")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    num_saved = page.evaluate(SAVE_AGAIN)
    assert num_saved > 0
    assert page.evaluate("flights") == (num_saved if motion == "no-preference" else 0)
    plots_drawn(page)
    assert barriers(page) == []
    page.focus(".eager-tile >> nth=0")
    page.keyboard.press("Enter")
    wait_for_tree(page, "tree.numNodes > 1")


def test_a_run_whose_theta_can_never_be_reached_is_told_so(budget_url, open_page):
    page = open_page(budget_url)
    page.locator("#theta input[type=number]").fill("100")
    typed(page)
    run_to_end(page)
    page.wait_for_selector("#diagnosis li[data-kind=theta_never_forks]")
    assert "Lower theta" in page.inner_text("#diagnosis li b")
    page.locator("#theta input[type=number]").fill("1")
    typed(page)
    run_to_end(page)
    page.wait_for_function("!document.querySelector('#diagnosis li[data-kind=theta_never_forks]')")
    assert page.errors == []
