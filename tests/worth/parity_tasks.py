"""Tasks whose outcome hangs on single tokens: an answer is right if the last token is even (or odd)."""

from eager_core import Settings
from eager_core.grading import Task, TaskSet
from eager_core.worth import WorthPlan
from tests.experiment.tiny_tasks import PromptedEngine
from tests.scripted_engine import ScriptedEngine, ScriptedMemory, hashed_logprobs


class LastToken:
    """The last token is the answer; it is right if its parity is the task's."""

    def __init__(self):
        self.num_closed = 0

    def extract(self, text):
        return text.split()[-1] if text.split() else None

    def is_correct(self, task, answer):
        return answer is not None and answer.isdigit() and int(answer) % 2 == int(task.answer)

    def close(self):
        self.num_closed += 1


def parity_tasks(num_prompts=2):
    tasks = tuple(Task(f"t{number}", "p" * (number + 1), str(number % 2)) for number in range(num_prompts))
    return TaskSet("parity", tasks, LastToken())


class ParityEngine(PromptedEngine):
    """Every prompt has a model of its own, of medium certainty."""

    def open(self, prompt_ids):
        logprobs = hashed_logprobs(30, 8.0, eos_logit=0.0)
        return ScriptedMemory(ScriptedEngine(lambda path: logprobs((len(prompt_ids), *path))))


def parity_engine():
    return ParityEngine(hashed_logprobs(30))


def parity_plan(**changes):
    settings = Settings(max_sequences=4, temperature=1.0, max_new_tokens=16)
    return WorthPlan(**{"settings": settings, "num_places": 9, "num_rollouts": 3, **changes})
