"""Which box counts, and what data sets' worked solutions say."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eager_core.grading import MathGrader, Task, gold_answer, last_boxed


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        (r"\boxed{42} and so it is done. \boxed{}", "42"),
        (r"\boxed{42}, \boxed{ }, $\boxed{\text{ }}$ \boxed{\,} \boxed{...} \boxed{\boxed{}}", "42"),
        (r"\boxed{3} and \boxed{5}", "3, 5"),
        (r"$x = \boxed{3}$ or $x = \boxed{5}$.", "3, 5"),
        (r"\boxed{1}, \boxed{2}, and \boxed{3}", "1, 2, 3"),
        (r"\boxed{1} \text{ or } \boxed{2}", "1, 2"),
        (r"x_1 = \boxed{1}; x_2 = \boxed{2}", "1, 2"),
        (r"\boxed{4}, \boxed{4}", "4"),
        (r"\boxed{4} \boxed{5}", "5"),
        (r"\boxed{4}. And \boxed{5}", "5"),
        (r"\boxed{3}, \boxed{} and \boxed{5}", "5"),
        (r"first \boxed{3}, then \boxed{5}", "5"),
        (r"\boxed{\boxed{5}}", "5"),
        (r"\boxed{[1, 2\}}", r"[1, 2\}"),
        (r"\boxed{\{\}}", r"\{\}"),
        (r"\boxed{" + "7" * 501 + "}", None),
        (r"\boxed{8} \boxed{" + "7" * 501 + "}", "8"),
    ],
)
def test_which_box_counts(text, answer):
    assert last_boxed(text) == answer


PIECES = [r"\boxed{1}", r"\boxed{2}", r"\boxed{}", " ", ",", "and", "}", "{", "x", "\n"]


@given(st.lists(st.sampled_from(PIECES)))
def test_an_answer_is_made_of_the_texts_own_boxes(parts):
    answer = last_boxed("".join(parts))
    if answer:
        assert set(answer.split(", ")) <= {"1", "2"}
    # What follows the last box without a box of its own, or with an empty one, changes nothing.
    assert (last_boxed("".join(parts) + r" so. \boxed{}") or None) == (answer or None)


def test_no_box_or_nothing_in_it_is_no_answer():
    assert [MathGrader().extract(text) for text in ("7", r"\boxed{}", r"\boxed{ }")] == [None, None, None]
    assert not MathGrader().is_correct(Task("t", "p", "7"), " ")


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("Natalia sold 48/2 = <<48/2=24>>24 clips.\n#### 70000", "70000"),
        ("so\n#### 1,250", "1,250"),
        ("#### -3 ", "-3"),
        (r"Thus $x=\boxed{\frac{1}{2}}$.", r"\frac{1}{2}"),
        ("#### Step\nnot a result\nof GSM8K", "#### Step\nnot a result\nof GSM8K"),
        ("####", "####"),
        (" 12 ", "12"),
        ("A", "A"),
    ],
)
def test_gold_answers_of_data_sets(text, answer):
    assert gold_answer(text) == answer


@pytest.mark.parametrize("gold", ["20 + 22 = <<20+22=42>>42\n#### 42", "#### 42.0", "so $x=\\boxed{42}$", "42"])
def test_a_worked_solution_is_graded_by_what_it_ends_in(gold):
    grader, task = MathGrader(), Task("t", "p", gold)
    assert grader.is_correct(task, "42") and not grader.is_correct(task, "20")
    assert gold_answer(gold_answer(gold)) == gold_answer(gold)
