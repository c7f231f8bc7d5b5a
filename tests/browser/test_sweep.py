"""A sweep in the browser: results come, a point moves the sliders, a stop keeps; a calibration; marks in a tree."""

import csv
import json

import pytest

from components.frame.controls import Controls
from components.sweeps.form import SweepForm
from eager_core.calibration import Goal, choose
from eager_core.grading import family_tasks
from eager_core.sweeps import PromptFinished, Sweep, pilots_of
from tests.browser.budget_of_page import VIEW as BUDGET
from tests.browser.budget_of_page import fill_form as fill_budget
from tests.browser.budget_of_page import wait_for as wait_for_budget
from tests.browser.budget_page import PromptedEngine
from tests.browser.conftest import served
from tests.browser.test_everyone import barriers
from tests.browser.tree_of_page import drawn, frames, tree, typed, wait_for_tree

VIEW = "document.getElementById('sweep-view')?.sweep"
FORM = SweepForm(num_prompts=6, thetas="1.4:2.4:0.2", max_sequences="1,4,8", max_new_tokens=12)
POINT = """([plot, trace, point]) => {
  const host = document.querySelectorAll('#sweep-view .eager-sweep-plot')[plot];
  host.scrollIntoView({ block: 'center' });
  const { xaxis, yaxis } = host._fullLayout;
  const { x, y } = host.data[trace];
  const box = host.getBoundingClientRect();
  const cell = host.cells[trace][point];
  return {
    x: box.left + xaxis._offset + xaxis.l2p(x[point]), y: box.top + yaxis._offset + yaxis.l2p(y[point]),
    theta: cell.theta, most: cell.max_sequences,
  };
}"""
"""Where a point of a plot is on the screen, and what it stands for."""


@pytest.fixture(scope="module")
def lab_url(tmp_path_factory):
    """A page on a scripted model whose answers depend on the prompt, with no calibrations but its own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EAGER_EXPLORER_CACHE", str(tmp_path_factory.mktemp("cache")))
        with served("-m", "tests.browser.budget_page", "--delay", "0.005") as url:
            yield url


def fill(page, form=FORM) -> None:
    page.wait_for_function(f"{VIEW} !== undefined")
    for name in ("num_prompts", "max_new_tokens"):
        page.fill(f"#sweep-{name.replace('_', '-')} input", str(getattr(form, name)))
    page.fill("#sweep-theta :is(input, textarea)", form.thetas)
    page.fill("#sweep-max-sequences :is(input, textarea)", form.max_sequences)
    typed(page)


def wait_for(page, condition: str) -> None:
    """Wait until a condition on `view` holds."""
    told = f"(() => {{ const view = {VIEW}; try {{ return {condition}; }} catch {{ return false; }} }})()"
    page.wait_for_function(told)


def swept(page, form=FORM) -> None:
    """Run a sweep to its end."""
    fill(page, form)
    page.click("#sweep-run")
    wait_for(page, "view.last.progress.state === 'done'")
    plots_drawn(page)


def plots_drawn(page) -> None:
    page.wait_for_function("document.querySelectorAll('#sweep-view .eager-sweep-plot .main-svg').length >= 2")
    page.evaluate(f"{VIEW}.plots.painted")
    frames(page)


def slider(page, name: str) -> float:
    return float(page.input_value(f"#{name} input[type=number]"))


def has_slider(page, name: str, value: float) -> None:
    page.wait_for_function(
        "([name, value]) => Number(document.querySelector(`#${name} input[type=number]`).value) === value",
        arg=[name, value],
    )


def test_a_sweep_shows_its_results_and_a_point_and_a_row_move_the_sliders(lab_url, open_page):
    page = open_page(lab_url)
    swept(page)
    assert page.locator(".eager-sweep-table tbody tr").count() == 6 * 3 + 3
    assert "Sharing saved" in page.inner_text(".eager-sweep-shared")
    assert page.get_attribute("#sweep .eager-progress-bar", "aria-valuenow") == "100"
    assert page.evaluate("document.querySelectorAll('#sweep-view .eager-sweep-plot')[0].data.length") == 3
    page.click("#sweep .eager-budget-stages button:text('#T')")
    plots_drawn(page)
    before = tree(page, "run")
    at = page.evaluate(POINT, [0, 2, 1])
    assert (at["theta"], at["most"]) == (1.6, 8)
    page.mouse.click(at["x"], at["y"])
    has_slider(page, "theta", 1.6)
    has_slider(page, "max-sequences", 8)
    wait_for_tree(page, f"tree.run > {before} && !tree.running")
    assert tree(page, "store.theta") == 1.6
    page.wait_for_function("new URL(location).searchParams.get('theta') === '1.6'")

    # By keyboard: a row's button does the same.
    page.focus(".eager-sweep-table tbody tr:nth-child(9) button")
    page.keyboard.press("Enter")
    has_slider(page, "theta", 1.8)
    has_slider(page, "max-sequences", 4)
    wait_for_tree(page, "tree.store.theta === 1.8 && !tree.running")
    page.focus(".eager-sweep-table")
    page.keyboard.press("End")
    page.wait_for_function("document.querySelector('.eager-sweep-table').scrollTop > 0")
    assert page.errors == []


def test_the_csv_and_the_json_hold_the_table(lab_url, open_page):
    page = open_page(lab_url)
    page.wait_for_function(f"{VIEW} !== undefined")
    page.click("#sweep-csv")
    page.wait_for_selector("#sweep-problem >> text=no results to save")
    swept(page)
    with page.expect_download() as download:
        page.click("#sweep-csv")
    assert download.value.suggested_filename == "eager-sweep.csv"
    rows = list(csv.DictReader(download.value.path().read_text(encoding="utf-8").splitlines()))
    assert len(rows) == 21 and rows[0]["theta"] == "1.4" and rows[-1]["strategy"] == "parallel"
    with page.expect_download() as download:
        page.click("#sweep-json")
    results = json.loads(download.value.path().read_text(encoding="utf-8"))
    shown = page.locator(".eager-sweep-table tbody tr td:nth-child(3) .eager-table-value").all_text_contents()
    assert shown == [f"{100 * cell['pass_at_k']['value']:.0f} %" for cell in results["cells"]]
    assert page.errors == []


def test_a_stop_keeps_results_and_a_lost_delta_is_asked_for(lab_url, open_page):
    page, other = open_page(lab_url), open_page(lab_url)
    fill(page, SweepForm(num_prompts=40, thetas="1.4:2.4:0.1", max_sequences="4,8", max_new_tokens=40))
    page.click("#sweep-run")
    page.wait_for_selector(".eager-sweep-table tbody tr")
    assert "left" in page.inner_text("#sweep .eager-progress-words") or "done" in page.inner_text("#sweep")
    page.click("#sweep-stop")
    wait_for(page, "view.last.progress.state === 'stopped'")
    assert "results so far are kept" in page.inner_text("#sweep .eager-progress-words")
    rows = page.inner_text(".eager-sweep-table tbody")
    page.fill("#sweep-theta :is(input, textarea)", "2.7:1.8:0.1")
    typed(page)
    page.click("#sweep-run")
    page.wait_for_selector("#sweep-problem >> text=a range must rise")
    assert page.inner_text(".eager-sweep-table tbody") == rows
    # As if a delta had been lost: it finds the gap, and asks again.
    page.evaluate(
        f"(view => {{ document.querySelector('.eager-sweep-table tbody').replaceChildren();"
        f" view.take({{ run: view.run, seq: view.seq + 2, progress: view.last.progress }}); }})({VIEW})"
    )
    page.wait_for_selector(".eager-sweep-table tbody tr")
    assert page.inner_text(".eager-sweep-table tbody") == rows
    assert other.evaluate(f"{VIEW}?.run ?? 0") == 0
    assert page.errors == other.errors == []


def test_a_calibration_is_the_library_s_and_its_button_sets_the_slider(lab_url, open_page):
    page = open_page(lab_url)
    swept(page)
    plan = FORM.plan(Controls())
    sweep = Sweep(PromptedEngine(0), family_tasks("gcd", 6, 0), plan)
    pilots = pilots_of(plan, [told.record for told in sweep.run() if isinstance(told, PromptFinished)], 8)
    goal = Goal("sequences", 3.5)
    expected = choose(pilots, goal)
    page.fill("#calibrate-number input", "3.5")
    typed(page)
    page.click("#calibrate")
    page.wait_for_selector(f".eager-calibrated-words >> text=θ {expected.theta:g} (95 % interval")
    button = page.locator("#theta .eager-offer")
    button.wait_for()
    assert button.inner_text() == f"calibrated: {expected.theta:g}"
    assert all(part in button.get_attribute("title") for part in ("gcd", "mean number of sequences 3.5", "M = 8"))
    button.click()
    has_slider(page, "theta", expected.theta)
    wait_for_tree(page, f"tree.store.theta === {expected.theta} && !tree.running")
    # A goal that no theta reaches: the sentence, and the curve alone.
    page.fill("#calibrate-number input", "7.9")
    typed(page)
    page.click("#calibrate")
    page.wait_for_selector("#calibrate-problem >> text=No theta from 1.4 to 2.4")
    page.wait_for_selector(".eager-calibrated-words >> text=No theta was chosen")
    # Kept: a page that is opened later is offered it, its model being there.
    other = open_page(lab_url)
    other.locator("#theta .eager-offer").wait_for()
    assert other.inner_text("#theta .eager-offer") == f"calibrated: {expected.theta:g}"
    # For another measure none is.
    other.click("#more button")
    other.click("#measure input")
    other.click("#measure [role=option] >> nth=1")
    other.locator("#theta .eager-offer").wait_for(state="hidden")
    assert page.errors == other.errors == []


def test_pilots_of_its_own_are_walked_and_chosen_from(lab_url, open_page):
    page = open_page(lab_url)
    fill(page)
    page.fill("#calibrate-number input", "3.5")
    typed(page)
    page.click("#calibrate-pilots")
    page.wait_for_selector(".eager-calibrated-words >> text=95 % interval")
    assert page.locator(".eager-sweep-table tbody tr").count() == 6
    assert page.errors == []


@pytest.mark.parametrize(("theme", "width"), [("dark", 1440), ("light", 1440), ("light", 390)])
def test_a_sweep_is_for_everyone(lab_url, open_page, theme, width):
    page = open_page(lab_url, width=width, theme=theme)
    swept(page)
    page.fill("#calibrate-number input", "3.5")
    typed(page)
    page.click("#calibrate")
    page.wait_for_selector("#calibration .main-svg")
    page.locator("#theta .eager-offer").wait_for()
    frames(page)
    assert barriers(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_tree_whose_answers_are_known_has_marks(lab_url, open_page):
    page = open_page(lab_url)
    fill_budget(page, num_prompts="8", theta="0.8", max_sequences="16", temperature="1")
    page.click("#budget-tasks input")
    page.click("#budget-tasks [role=option] >> text=gcd:")
    page.click("#budget-run")
    wait_for_budget(page, "view.store.progress.state === 'done'")
    grades = page.evaluate(f"Object.fromEntries({BUDGET}.store.grades)")
    mixed = [key for key, one in grades.items() if 0 < one["correct"] < one["sequences"] and not key.startswith("par")]
    assert mixed, grades
    stage, number = mixed[0].split("/")
    page.click(f".eager-budget-stage[data-stage={stage}]")
    page.click(f".eager-tile >> nth={number}")
    wait_for_tree(page, "tree.store.judged.size > 0")
    drawn(page)
    texts = page.evaluate(
        "document.querySelector('#token-tree .eager-plot').data.find(({ name }) => name === 'answers').text"
    )
    assert set(texts) == {"✓", "✗"}
    assert texts.count("✓") == tree(page, "store.judged.size") - texts.count("✗")
    assert "answers right" in page.inner_text(
        "#token-tree .eager-status"
    ) and "✓ the answer is right" in page.inner_text("#token-tree .eager-marks")
    assert ", right" in "".join(
        page.locator("#token-tree .eager-lane").evaluate_all("lanes => lanes.map((lane) => lane.title)")
    )
    fork = tree(page, "store.forks.find(({ node }) => node > 0)")
    child = tree(page, f"store.children[{fork['node']}][0]")
    page.evaluate(f"document.getElementById('token-tree').tokenTree.view.inspect({child})")
    page.wait_for_selector(".eager-outcome >> text=This fork")
    leaf = tree(page, "store.sequences[0].leaf")
    page.evaluate(f"document.getElementById('token-tree').tokenTree.view.inspect({leaf})")
    page.wait_for_selector(".eager-outcome >> text=The answer of this sequence is")
    assert barriers(page) == []
    # Of a prompt of one's own no answer is known.
    page.fill("#prompt textarea", "something else")
    typed(page)
    page.click("#run")
    wait_for_tree(page, "tree.store.prompt === 'something else' && !tree.running")
    drawn(page)
    assert tree(page, "store.judged.size") == 0
    assert "answers right" not in page.inner_text("#token-tree .eager-status")
    assert "✓" not in page.inner_text("#token-tree .eager-marks")
    assert page.errors == []
