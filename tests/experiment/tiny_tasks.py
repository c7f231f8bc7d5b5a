"""A task set and a model for it, both made up: prompts differ in how often the model is unsure."""

from eager_core.grading import Task, TaskSet
from tests.scripted_engine import ScriptedEngine, ScriptedMemory, hashed_logprobs


class ThirdToken:
    """The third token is the answer; it is right in one of seven cases."""

    def extract(self, text):
        words = text.split()
        return words[2] if len(words) > 2 else None

    def is_correct(self, task, answer):
        return answer is not None and answer.isdigit() and int(answer) % 7 == int(task.answer)


def tiny_tasks(num_prompts: int = 6) -> TaskSet:
    tasks = tuple(Task(f"t{number}", "p" * (number + 1), str(number % 7)) for number in range(num_prompts))
    return TaskSet("tiny", tasks, ThirdToken())


class PromptedEngine(ScriptedEngine):
    """Its predictions depend on the prompt as well."""

    def open(self, prompt_ids):
        spread = (2.0, 40.0, 150.0)[len(prompt_ids) % 3]
        logprobs = hashed_logprobs(60, spread, eos_logit=1.0)
        of_prompt = ScriptedEngine(lambda path: logprobs((len(prompt_ids), *path)))
        return ScriptedMemory(of_prompt)


def tiny_engine() -> PromptedEngine:
    return PromptedEngine(hashed_logprobs(60))
