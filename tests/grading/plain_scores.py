"""The score of one prompt, written out."""

from collections.abc import Sequence

from eager_core.grading import Grader, PromptScore, Task, majority


def score_prompt(task: Task, grader: Grader, texts: Sequence[str], num_tokens: int) -> PromptScore:
    """Return the score of the sequences `texts` that were generated for one task."""
    answers = [grader.extract(text) for text in texts]
    is_right = {answer: grader.is_correct(task, answer) for answer in dict.fromkeys(answers)}
    chosen = majority(answers, grader)
    return PromptScore(
        num_tokens,
        len(texts),
        sum(is_right[answer] for answer in answers),
        chosen is not None and is_right[chosen],
    )
