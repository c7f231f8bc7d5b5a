"""Answers, graders and scores; a hostile answer costs time at most, and not much."""

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eager_core import ModelError, SettingsError
from eager_core.grading import (
    FAMILIES,
    MathGrader,
    PromptScore,
    Task,
    family_tasks,
    hub_tasks,
    last_boxed,
    last_number,
    load_tasks,
    majority,
    read_tasks,
    scores_of,
)
from tests.grading.plain_scores import score_prompt


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        (r"so \boxed{4} and then \boxed{ 5 }", "5"),
        (r"\boxed{\frac{1}{2}}", r"\frac{1}{2}"),
        (r"\boxed{4} but \boxed{never closed", "4"),
        (r"\fbox{x^{2}}.", "x^{2}"),
        ("no box", None),
        (r"\boxed{}", ""),
        (r"\boxed{" + "{" * 10_000, None),
    ],
)
def test_last_boxed(text, answer):
    assert last_boxed(text) == answer


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("17 + 25 = 42.", "42"),
        ("It is -3", "-3"),
        ("7-3", "3"),
        ("1,234,567 legs", "1234567"),
        ("x = 2.50!", "2.50"),
        ("none", None),
        ("version v2", None),
    ],
)
def test_last_number(text, number):
    assert last_number(text) == number


@given(st.text(max_size=300))
def test_extraction_takes_any_text(text):
    last_boxed(text), last_number(text)


@pytest.mark.parametrize("name", FAMILIES)
def test_families_are_procedural_and_know_their_answers(name):
    tasks = family_tasks(name, 12, seed=3)
    assert tasks.tasks == family_tasks(name, 12, seed=3).tasks != family_tasks(name, 12, seed=4).tasks
    assert len({task.id for task in tasks.tasks}) == 12
    for task in tasks.tasks:
        text = f"I think the answer is {task.answer}."
        assert tasks.grader.is_correct(task, tasks.grader.extract(text))
        assert not tasks.grader.is_correct(task, tasks.grader.extract("The answer is 987654321."))
        assert not tasks.grader.is_correct(task, None)


@pytest.fixture(scope="module")
def math_grader():
    grader = MathGrader(timeout_s=30)
    yield grader
    grader.close()


@pytest.mark.parametrize(
    ("target", "answer", "verdict"),
    [
        ("204", "204", True),
        ("204", "204.0", True),
        ("1204", "1,204", True),
        ("204", "205", False),
        ("\\frac{1}{2}", "0.5", True),
        ("\\frac{1}{2}", "\\dfrac{2}{4}", True),
        ("\\sqrt{8}", "2\\sqrt{2}", True),
        ("\\sqrt{8}", "2\\sqrt{3}", False),
        ("A", "A", True),
        ("A", "B", False),
        ("3", "__import__('os').system('true')", False),
        ("3", "", False),
        ("3", "(" * 400, False),
    ],
)
def test_math(math_grader, target, answer, verdict):
    assert math_grader.is_correct(Task("t", "p", target), answer) is verdict


def test_math_grades_in_any_thread(math_grader):
    verdicts = []
    task = Task("t", "p", "\\frac{1}{2}")
    thread = threading.Thread(target=lambda: verdicts.append(math_grader.is_correct(task, "\\frac{3}{6}")))
    thread.start()
    thread.join()
    assert verdicts == [True]


def test_an_answer_that_never_ends_is_wrong_and_the_next_is_judged():
    grader = MathGrader(timeout_s=6)
    assert not grader.is_correct(Task("t", "p", "\\sqrt{7}"), "9^{9^{9^{9^{9}}}}")  # that this ends at all is the point
    assert grader.is_correct(Task("t", "p", "\\frac{1}{2}"), "\\frac{2}{4}")
    grader.close()


def test_files(tmp_path):
    file = tmp_path / "own.jsonl"
    file.write_text('{"prompt": "1+1?", "answer": 2}\n\n{"prompt": "x?", "answer": "y"}\n')
    tasks = load_tasks(str(file), 20)
    assert [(task.prompt, task.answer) for task in tasks.tasks] == [("1+1?", "2"), ("x?", "y")]
    assert len(read_tasks(file, 1).tasks) == 1


@pytest.mark.parametrize(
    "text", ["", "{", '{"prompt": "x"}', '{"prompt": " ", "answer": 1}', "[]", '{"prompt": 1, "answer": 1}', "[" * 9999]
)
def test_broken_files_give_one_sentence(tmp_path, text):
    file = tmp_path / "own.jsonl"
    file.write_text(text)
    with pytest.raises(SettingsError) as caught:
        read_tasks(file)
    assert "\n" not in str(caught.value)


def test_unknown_or_unreachable_sets(tmp_path):
    for name in ("nothing", str(tmp_path / "nothing.jsonl")):
        with pytest.raises(SettingsError):
            load_tasks(name, 5)
    with pytest.raises(SettingsError):
        family_tasks("chain_sum", 0)
    with pytest.raises(ModelError) as caught:
        hub_tasks("aime2025-I")
    assert "\n" not in str(caught.value)


class Echo:
    """A grader for which the whole text is the answer."""

    def extract(self, text):
        return text or None

    def is_correct(self, task, answer):
        return answer == task.answer


def test_scores_by_hand():
    task = Task("t", "p", "4")
    first = score_prompt(task, Echo(), ["4", "5", "4", ""], 30)
    second = score_prompt(task, Echo(), ["5", "4", "5"], 20)
    third = score_prompt(task, Echo(), ["", ""], 10)
    assert [(s.num_correct, s.is_solved, s.is_majority_correct) for s in (first, second, third)] == [
        (2, True, True), (1, True, False), (0, False, False),
    ]  # fmt: skip
    baseline = [PromptScore(40, 4, 0, False)] * 3
    scores = scores_of([first, second, third], baseline)
    assert (scores.num_tokens, scores.num_sequences) == (60, 9)
    assert scores.pass_at_k.value == pytest.approx(2 / 3)
    assert scores.cons_at_k.value == pytest.approx(1 / 3)
    assert scores.pass_rate.value == pytest.approx((1 / 2 + 1 / 3) / 3)
    assert scores.saved_fraction.value == pytest.approx(0.5)
    assert scores.saved_fraction.low < 0.5 < scores.saved_fraction.high
    assert scores == scores_of([first, second, third], baseline)
    assert scores_of([first]).saved_fraction is None


def test_majority():
    assert majority([None, "a", "b", "b"]) == "b"
    assert majority(["b", "a", "a", "b"]) == "b"
    assert majority([None]) is None
