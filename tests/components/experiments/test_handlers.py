"""An experiment as Gradio runs it: what the page is sent, what is kept after a stop, visitors apart, trees opened."""

import asyncio
import json
from dataclasses import astuple, replace
from types import SimpleNamespace

from components.experiments.form import Form
from components.experiments.handlers import ExperimentHandlers
from components.frame.controls import Controls
from components.sequences.diagnosing import Diagnosing
from components.visitors.engines import Engines
from components.visitors.session import Visitors
from eager_core import Settings
from eager_core.experiment import Experiment, Plan
from eager_core.grading import family_tasks
from eager_core.worth import fork_outcomes, judged_leaves
from tests.experiment.tiny_tasks import tiny_engine
from tests.scripted_engine import ScriptedEngine

ME, OTHER = SimpleNamespace(session_hash="me"), SimpleNamespace(session_hash="other")
FORM = Form(num_prompts=3, theta=1.2, max_sequences=4, temperature=1.0, max_new_tokens=8)


def budget_of(engine: ScriptedEngine | None = None) -> ExperimentHandlers:
    engine = engine or tiny_engine()
    return ExperimentHandlers(Engines(lambda name, precision: engine), Visitors())


def run(
    handlers: ExperimentHandlers, form: Form = FORM, visitor=ME, on_delta=lambda delta: None
) -> tuple[list[dict], list[str]]:
    """Return the deltas and the problem lines of an experiment."""

    async def gather():
        deltas, problems = [], []
        async for delta, problem in handlers.run(visitor, *astuple(form), *astuple(Controls())):
            if isinstance(delta, str):
                deltas.append(json.loads(delta))
                on_delta(deltas[-1])
            if isinstance(problem, str):
                problems.append(problem)
        return deltas, problems

    return asyncio.run(gather())


def cells_of(deltas: list[dict]) -> dict:
    """Put the cells together as the page does."""
    rows, generations = {}, {}
    for delta in deltas:
        for stage, number, generation, cells in delta.get("grown", ()):
            if generations.get((stage, number)) != generation:
                rows[stage, number], generations[stage, number] = {}, generation
            for row, _, _, letters in cells:
                tree = rows[stage, number]
                tree[row] = tree.get(row, "") + letters
    return rows


def test_an_experiment_tells_its_trees_grades_table_and_results():
    handlers = budget_of()
    deltas, problems = run(handlers)
    assert problems == [""]
    assert [delta["seq"] for delta in deltas] == list(range(len(deltas)))
    assert deltas[-1]["progress"]["state"] == "done" and deltas[-1]["progress"]["share"] == 1
    expected = Experiment(tiny_engine(), family_tasks("chain_sum", 3), Plan(Settings(1.2, 4, 1.0, max_new_tokens=8)))
    list(expected.run())
    grades = {(stage, number): grade for delta in deltas for stage, number, grade in delta.get("graded", ())}
    for stage, records in expected.records.items():
        for record in records:
            assert grades[stage, record.number]["sequences"] == len(record.sequences)
    lengths = {key: sum(map(len, rows.values())) for key, rows in cells_of(deltas).items()}
    assert lengths["init", 0] == expected.records["init"][0].num_tokens
    tables = [delta["table"] for delta in deltas if "table" in delta]
    assert [row[0][0] for row in tables[-1]["rows"]] == ["parallel", "init", "adapt", "full"]
    download = json.loads(handlers.save(ME)[0])
    results = json.loads(download["text"])
    assert results["allocations"] == json.loads(json.dumps(expected.results()["allocations"]))
    assert [delta["pot"]["stage"] for delta in deltas if "pot" in delta][-1] == "full"


def test_a_page_that_missed_deltas_is_told_all_again():
    handlers = budget_of()
    deltas, _ = run(handlers)
    snapshot = json.loads(asyncio.run(handlers.catch_up(ME)))
    assert snapshot["seq"] == deltas[-1]["seq"] and snapshot["start"]["tasks"] == "chain_sum"
    assert cells_of([snapshot]) == cells_of(deltas)
    assert len(snapshot["graded"]) == 12


def test_a_stop_keeps_what_is_done():
    handlers = budget_of()

    def stop_once_some_are_done(delta):
        if delta.get("graded"):
            handlers.stop(ME)

    many = replace(FORM, num_prompts=20, max_sequences=8, max_new_tokens=40)
    deltas, _ = run(handlers, many, on_delta=stop_once_some_are_done)
    assert deltas[-1]["progress"]["state"] == "stopped"
    num_done = sum(len(delta.get("graded", ())) for delta in deltas)
    assert 0 < num_done < 80
    rows = json.loads(handlers.save(ME)[0])
    assert sum(map(len, json.loads(rows["text"])["prompts"].values())) == num_done


def test_refusals_lose_nothing():
    handlers = budget_of()
    assert "no results to save" in handlers.save(ME)[1]
    run(handlers)
    before = json.loads(handlers.save(ME)[0])["text"]
    for changes, sentence in [({"num_prompts": 0}, "number of prompts is 0"), ({"tasks": "file"}, "no file")]:
        deltas, problems = run(handlers, replace(FORM, **changes))
        assert deltas == [] and sentence in problems[-1]
    assert json.loads(handlers.save(ME)[0])["text"] == before


def test_an_upload_is_used_and_a_broken_one_leaves_the_last(tmp_path):
    handlers = budget_of()
    file = tmp_path / "mine.jsonl"
    file.write_text('{"prompt": "<b>one</b>", "answer": "1"}\n{"prompt": "two", "answer": 2}\n', encoding="utf-8")
    choice, line = handlers.upload(str(file), ME)
    assert choice == "file" and "mine.jsonl: 2 tasks" in line
    file.write_text("<script>", encoding="utf-8")
    choice, line = handlers.upload(str(file), ME)
    assert not isinstance(choice, str) and "line 1" in line and str(tmp_path) not in line
    deltas, problems = run(handlers, replace(FORM, tasks="file"))
    assert problems == [""]
    start = next(delta["start"] for delta in deltas if "start" in delta)
    assert start["prompts"] == ["<b>one</b>", "two"]
    assert handlers.trial("other").own_tasks is None


def test_visitors_are_apart_and_leaving_ends_it():
    handlers = budget_of()
    run(handlers)
    assert handlers.trial("other").results is None
    assert not isinstance(asyncio.run(handlers.catch_up(OTHER)), str)
    trial = handlers.trial("me")
    number = trial.begin()
    handlers.leave(ME)
    assert trial.is_over(number)
    assert handlers.trial("me") is not trial


def test_a_click_opens_the_tree_as_it_was_grown_and_sets_the_controls():
    handlers = budget_of()
    run(handlers)
    delta, problem, inspector, prompt, *controls = handlers.open_tree(SimpleNamespace(stage="init", number=1), ME)
    tree = handlers.visitors.session("me").tree
    assert prompt == tree.started.prompt and problem == "" and json.loads(inspector)["id"] == 0
    assert sum(count for _, count in json.loads(delta)["at"]) == tree.num_nodes - 1
    held = Controls(*controls)
    assert (held.theta, held.max_sequences, held.strategy) == (1.2, 4, "paper")
    nothing = handlers.open_tree(SimpleNamespace(stage="init", number=99), ME)
    assert len(nothing) == 4 + len(controls) and not any(isinstance(part, str) for part in nothing)


def test_an_opened_tree_tells_which_answers_are_right_as_the_grader_judges_them():
    handlers = budget_of()
    run(handlers)
    with family_tasks("chain_sum", 3) as tasks:
        for stage in ("parallel", "init", "full"):
            for number, task in enumerate(tasks.tasks):
                delta = json.loads(handlers.open_tree(SimpleNamespace(stage=stage, number=number), ME)[0])
                growth = handlers.visitors.session("me").growth
                expected = judged_leaves(growth.tree, task, tasks.grader)
                judged = dict(delta["start"]["judged"])
                sequences = growth.tree.sequences
                # In stage 2 a run may give more than the prompt may have; these are paid, and not judged.
                assert judged.keys() == {one.id for one in sequences} or stage == "full"
                assert len(judged) > 0
                is_right = {one.leaf: judged[one.id] for one in sequences if one.id in judged}
                assert is_right.items() <= expected.items()
                assert growth.outcomes == fork_outcomes(growth.tree, is_right)


def test_a_tree_that_still_grows_is_not_judged():
    handlers = budget_of()
    started = []

    def open_while_it_grows(delta):
        if not started and delta.get("grown") and not delta.get("graded"):
            started.append(handlers.open_tree(SimpleNamespace(stage=delta["grown"][0][0], number=0), ME)[0])

    run(handlers, replace(FORM, num_prompts=1, max_sequences=8, max_new_tokens=60), on_delta=open_while_it_grows)
    assert all("judged" not in json.loads(told)["start"] for told in started)


def test_the_diagnosis_of_the_tree_on_the_page_says_what_to_do():
    handlers = budget_of()
    run(handlers, replace(FORM, theta=100.0))
    handlers.open_tree(SimpleNamespace(stage="init", number=0), ME)
    told = json.loads(Diagnosing(handlers.visitors).ask(ME))
    assert told["run"] == handlers.visitors.session("me").growth.run
    assert told["findings"][0]["kind"] == "theta_never_forks" and "Lower theta" in told["findings"][0]["remedy"]
    assert json.loads(Diagnosing(handlers.visitors).ask(OTHER))["findings"] == []
