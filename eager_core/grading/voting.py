"""Cons@k: which answer has most votes, where answers that mean the same vote together."""

from collections.abc import Callable, Sequence

from eager_core.grading.tasks import ComparesAnswers, Grader


def majority(answers: Sequence[str | None], grader: Grader | None = None) -> str | None:
    """Return the most common answer; None is no answer. Of equally common ones the first given.

    Answers vote together that are the same to the grader (1/2 and 0.5), also by way of a third one; the first given
    of them stands for all. Without a grader that compares answers, the same text is the same answer.

    Cost: each pair of different texts is compared at most once.
    """
    given = [answer for answer in answers if answer is not None]
    if not given:
        return None
    compares = grader.is_same if isinstance(grader, ComparesAnswers) else None
    leaders = _leaders(list(dict.fromkeys(given)), compares)
    votes: dict[str, int] = {}
    for answer in given:
        votes[leaders[answer]] = votes.get(leaders[answer], 0) + 1
    # `max` keeps the first of equals, and a leader enters with the first of its class.
    return max(votes, key=votes.__getitem__)


def _leaders(distinct: list[str], is_same: Callable[[str, str], bool] | None) -> dict[str, str]:
    """Return for each answer the first given one of its class."""
    leaders = {answer: answer for answer in distinct}
    if is_same is None:
        return leaders
    for number, later in enumerate(distinct):
        for earlier in distinct[:number]:
            mine, theirs = leaders[later], leaders[earlier]
            if mine != theirs and is_same(earlier, later):
                first, second = sorted((mine, theirs), key=distinct.index)
                leaders = {answer: first if leader == second else leader for answer, leader in leaders.items()}
    return leaders
