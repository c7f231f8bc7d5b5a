"""Digits are a number only where they are written as one; expected values are the numbers themselves."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eager_core.grading import MathGrader, Task, family_tasks, last_number
from eager_core.grading.plain_numbers import decimal_of, decimals_of, is_misread, latex_of, normal_form


class NoProcess(MathGrader):
    """Fails where digits are handed to a parser that makes other numbers of them."""

    def _ask(self, target: str, answer: str) -> bool:
        raise AssertionError(f"math-verify was asked about {target!r} and {answer!r}")


def is_equal(target: str, answer: str) -> bool:
    return NoProcess().is_correct(Task("t", "p", target), answer)


@given(number=st.integers(0, 10**12), data=st.data())
def test_commas_make_a_number_only_as_python_writes_thousands(number, data):
    digits = str(number)
    cuts = data.draw(st.sets(st.integers(1, max(1, len(digits) - 1)), max_size=4))
    written = "".join("," * (place in cuts) + digit for place, digit in enumerate(digits))
    reads = written in (digits, f"{number:,}")
    assert is_equal(digits, written) == is_equal(written, digits) == reads
    assert (decimal_of(written) == number) == reads


@given(st.integers(10, 10**9), st.data())
def test_no_other_sign_between_digits_makes_a_number(number, data):
    digits = str(number)
    place = data.draw(st.integers(1, len(digits) - 1))
    sign = data.draw(st.sampled_from(["_", "'", " ", "~", "\\ ", "\\;", "\u00a0", "{", ",,", "__"]))
    written = digits[:place] + sign + digits[place:] + "}" * (sign == "{")
    if sign == "\u00a0":
        written = normal_form(written)  # as any white space
    assert not is_equal(digits, written) and not is_equal(written, digits)
    # Nor is it its first part, nor the sum of both, which a parser of LaTeX makes of it.
    for other in (digits[:place], str(int(digits[:place]) + int(digits[place:]))):
        assert not is_equal(other, written)
    assert is_equal(written, written)


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("007", 7), ("+5", 5), ("-0", 0), ("5.", 5), (".5", 0.5), ("-.5", -0.5), ("5.00", 5), ("1e3", 1000),
        ("2.5E-1", 0.25), ("1.000", 1), ("$5$", 5), ("\\$5", 5), ("$1,250.00", 1250), ("\\(7\\)", 7), ("\\text{8}", 8),
        ("\\mathbf{ 8 }", 8), ("\u22125", -5), ("\uff11\uff12", 12), ("\u0661\u0662", 12), ("1{,}250", 1250),
        ("10,\\!000", 10000), ("1\\,250\\,000", 1250000), ("1\u202f250", 1250), ("1,234.5", 1234.5),
    ],
)  # fmt: skip
def test_ways_to_write_a_number(written, number):
    assert decimal_of(normal_form(written)) == Decimal(str(number))
    assert is_equal(str(number), written) and is_equal(written, str(number))
    assert not is_equal(str(number + 1), written)


@pytest.mark.parametrize(
    "written",
    ["", "inf", "nan", "Infinity", "-inf", "1e9999", "\u00bd", "x\u00b2", "5%", "5 apples", "1+2", "--5", "0x10"],
)
def test_what_is_no_plain_number(written):
    assert decimals_of(normal_form(written)) is None


@pytest.mark.parametrize("written", ["1,2,345", "0,123", "1,000,2,000", "12,", ",12", "1.2.3", "1,23,456", "1\\,23"])
def test_commas_that_say_no_number_equal_only_themselves(written):
    digits = "".join(filter(str.isdigit, written))
    assert is_equal(written, written)
    assert not is_equal(digits, written) and not is_equal(written, digits)


@pytest.mark.parametrize(
    ("target", "answer", "verdict"),
    [
        ("3,5", "3, 5", True), ("3,5", "5;3", True), ("3,5", "3 and 5", True), ("1,000; 2", "2, 1000", True),
        ("12", "1,2", False), ("1,2", "12", False), ("1,234", "1, 234", False), ("3,5", "3", False),
        ("3,5", "3,5,7", False), ("-1,-2", "-2, -1", True),
    ],
)  # fmt: skip
def test_several_numbers(target, answer, verdict):
    assert is_equal(target, answer) is verdict


def test_numbers_of_any_length_are_compared_to_the_last_digit():
    long = "7" * 400
    assert is_equal(long, long + ".0") and not is_equal(long, long[:-1] + "8")
    assert not NoProcess().is_correct(Task("t", "p", "1"), "1" * 501)


@pytest.mark.parametrize(
    "latex",
    ["\\log_2 8", "\\frac12", "\\frac 1 2", "\\dfrac1{2}", "2\\frac{1}{2}", "2 1/2", "2^{3}", "x_1", "5 apples",
     "\\begin{pmatrix} 1 & 2 \\\\ 3 & 4\\end{pmatrix}", "\\sqrt[3]{8}", "3 \\times 4", "(1,2)"],
)  # fmt: skip
def test_latex_that_is_read_as_it_is_meant(latex):
    assert not is_misread(normal_form(latex))


def test_a_number_in_another_base_is_itself_alone():
    assert is_equal("204_8", "204_{8}") and is_equal("$204_{8}$", "204_8.")
    for other in ("204", "2048", "204_{5}"):
        assert not is_equal("204_8", other) and not is_equal(other, "204_8")


def test_mixed_numbers_are_written_out():
    assert latex_of("2 1/2") == "(2+\\frac{1}{2})" and latex_of("-2 1/2") == "-(2+\\frac{1}{2})"
    assert latex_of("1.5e-3") == "0.0015" and latex_of("1,000, 2,000") == "1000, 2000"


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1,2345", "2345"), ("1,234,56", "56"), ("1_2", None), ("It's .5", ".5"), ("\u22123", "-3"),
        ("= 1,000.", "1000"), ("\uff14\uff12", "42"), ("1.5e3 m", "1.5e3"), ("+7", "7"), ("5e1000", "5"),
    ],
)  # fmt: skip
def test_the_last_number_of_a_text(text, number):
    assert last_number(text) == number


def test_a_family_is_graded_by_the_same_numbers():
    tasks = family_tasks("chain_sum", 40, seed=1)
    task = next(task for task in tasks.tasks if 10 <= int(task.answer) <= 99)
    tens, ones = task.answer
    wrong = [f"\\boxed{{{tens}{sign}{ones}}}" for sign in (",", "_", " ", "'", "{,}", "\\,")]
    for text in wrong:
        assert not tasks.grader.is_correct(task, tasks.grader.extract(text)), text
    answer = task.answer
    for text in (answer, f"\\boxed{{${answer}.0$}}", f"\\boxed{{{answer}}} so \\boxed{{}}", "0" + answer):
        assert tasks.grader.is_correct(task, tasks.grader.extract(text)), text


@pytest.mark.parametrize("name", ["gcd", "lcm", "products"])
def test_a_family_that_compares_texts_takes_the_number(name):
    tasks = family_tasks(name, 3)
    for task in tasks.tasks:
        assert tasks.grader.is_correct(task, f"+{task.answer}.0")
        assert tasks.grader.is_same(task.answer, f"0{task.answer}")
        assert not tasks.grader.is_correct(task, f"x{task.answer}")


SIGNS = "0123456789.,;-+eE_^{}\\$%()[] ~'/=xand\u2212\uff15\u0663\u00bd\u2028"
LIKE_ANSWERS = st.text(st.sampled_from(SIGNS), max_size=24)


@given(st.one_of(st.text(max_size=60), LIKE_ANSWERS), st.one_of(st.text(max_size=60), LIKE_ANSWERS))
def test_any_two_texts_can_be_compared_in_any_order(one, other):
    class Unequal(MathGrader):
        def _ask(self, target, answer):
            latex_of(target), latex_of(answer)
            return False

    grader = Unequal()
    assert grader.is_same(one, other) == grader.is_same(other, one)
    assert grader.is_same(one, one)
    grader.is_correct(Task("t", "p", one), other)
