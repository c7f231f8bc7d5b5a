"""Answers that mean the same vote together; the twin takes the equality's closure the slow way."""

from collections import Counter
from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from eager_core.grading import MathGrader, Task, majority
from tests.grading.plain_scores import score_prompt


class SomeAreSame:
    """Knows which pairs of answers are the same; not transitive by itself."""

    def __init__(self, pairs):
        self.pairs = {frozenset(pair) for pair in pairs}
        self.asked = Counter()

    def extract(self, text):
        return text or None

    def is_correct(self, task, answer):
        return answer == task.answer

    def is_same(self, one, other):
        self.asked[frozenset((one, other))] += 1
        return frozenset((one, other)) in self.pairs


def slow_majority(answers, pairs):
    """Warshall's closure of the equality, then the votes of each answer's class, the first given of the largest."""
    names = sorted({answer for answer in answers if answer is not None})
    same = {(a, b) for a, b in product(names, names) if a == b or {a, b} in pairs}
    for middle, a, b in product(names, names, names):
        if (a, middle) in same and (middle, b) in same:
            same.add((a, b))
    votes = [(sum((answer, other) in same for other in answers), answer) for answer in answers if answer is not None]
    return next((answer for count, answer in votes if count == max(votes)[0]), None)


@given(
    st.lists(st.sampled_from([None, *"abcdef"]), max_size=12),
    st.lists(st.tuples(st.sampled_from("abcdef"), st.sampled_from("abcdef")), max_size=6),
)
def test_classes_vote_and_the_first_given_stands_for_its_class(answers, pairs):
    grader = SomeAreSame(pairs)
    assert majority(answers, grader) == slow_majority(answers, [set(pair) for pair in pairs])
    assert all(count == 1 for count in grader.asked.values())


@given(st.lists(st.sampled_from([None, *"abc"]), max_size=9))
def test_without_a_grader_that_compares_the_same_text_is_the_same_answer(answers):
    class Plain:
        extract = is_correct = None

    assert majority(answers) == majority(answers, Plain()) == slow_majority(answers, [])


def test_a_half_and_a_decimal_vote_together():
    grader = MathGrader(timeout_s=60)
    answers = ["3", "\\frac{1}{2}", "3", "0.5", "\\frac{2}{4}"]
    assert majority(answers, grader) == "\\frac{1}{2}"
    score = score_prompt(Task("t", "p", "0.50"), grader, [f"\\boxed{{{answer}}}" for answer in answers], 5)
    assert (score.num_correct, score.is_majority_correct) == (3, True)
    assert majority(["1,000", "7", "1000", "7", "1000.0"], grader) == "1,000"
    grader.close()
