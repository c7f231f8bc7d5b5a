"""A folder goes on only with what it was begun with; what changed is said in words, whatever it is."""

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eager_core import Settings, SettingsError, TraceError
from eager_core.experiment import Experiment, Plan, PromptStarted, ResultsFolder
from eager_core.experiment.fitting import fitting_tasks
from eager_core.experiment.identity import changes, identity_of
from eager_core.grading import Task, TaskSet, read_tasks
from tests.experiment.tiny_tasks import PromptedEngine, tiny_engine, tiny_tasks
from tests.scripted_engine import hashed_logprobs

PLAN = Plan(Settings(theta=1.2, max_sequences=3, temperature=1.0, max_new_tokens=6), ("init",))


def begin(folder, engine=None, tasks: TaskSet | None = None, plan: Plan = PLAN) -> list:
    return list(Experiment(engine or tiny_engine(), tasks or tiny_tasks(3), plan, ResultsFolder(folder)).run())


def changed_tasks(number: int, **changes) -> TaskSet:
    tasks = list(tiny_tasks(3).tasks)
    tasks[number] = replace(tasks[number], **changes)
    return replace(tiny_tasks(3), tasks=tuple(tasks))


def turned_round() -> TaskSet:
    return replace(tiny_tasks(3), tasks=tiny_tasks(3).tasks[::-1])


class OtherEngine(PromptedEngine):
    """The tiny engine with other names, or another chat frame."""

    def __init__(self, **changes) -> None:
        super().__init__(hashed_logprobs(60))
        self.frame = changes.pop("frame", [])
        for name, value in changes.items():
            setattr(self, name, value)

    def encode_prompt(self, prompt, *date):
        return [*self.frame, *super().encode_prompt(prompt, *date)]


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"tasks": changed_tasks(1, answer="5")}, "the answer of task 2 (t1) changed"),
        ({"tasks": changed_tasks(2, prompt="other")}, "the prompt of task 3 (t2) changed"),
        ({"tasks": tiny_tasks(2)}, "the number of tasks changed from 3 to 2"),
        ({"tasks": turned_round()}, "the prompt of task 1 (t2), 3 (t0) changed"),
        ({"engine": OtherEngine(weights_digest="ff")}, "the model's weights or configuration changed"),
        ({"engine": OtherEngine(model_name="b")}, 'the model changed from "scripted" to "b"'),
        ({"engine": OtherEngine(precision="bfloat16")}, 'the precision changed from "float32" to "bfloat16"'),
        ({"engine": OtherEngine(device="cuda:1")}, 'the device changed from "cpu" to "cuda"'),
        ({"engine": OtherEngine(frame=[1, 2])}, "the tokens of the prompt of task 1 (t0), 2 (t1), 3 (t2) changed"),
        ({"plan": replace(PLAN, seed=7)}, "the seed changed from 0 to 7"),
        ({"plan": replace(PLAN, date="2026-01-02")}, 'the date changed from "2024-07-26" to "2026-01-02"'),
        ({"plan": replace(PLAN, rules="reference")}, 'the rules changed from "paper" to "reference"'),
        (
            {"plan": replace(PLAN, settings=replace(PLAN.settings, theta=1.3))},
            "the setting theta changed from 1.2 to 1.3",
        ),
    ],
)  # fmt: skip
def test_whatever_changes_results_is_refused_by_name(tmp_path, changed, words):
    begin(tmp_path)
    kept = {file.name: file.read_bytes() for file in (tmp_path / "records").iterdir()}
    with pytest.raises(SettingsError) as refused:
        begin(tmp_path, **changed)
    assert words in str(refused.value) and "\n" not in str(refused.value)
    assert kept == {file.name: file.read_bytes() for file in (tmp_path / "records").iterdir()}
    # What was there before goes on, and nothing is made again.
    assert not [told for told in begin(tmp_path) if isinstance(told, PromptStarted)]


def test_versions_are_part_of_it(tmp_path, monkeypatch):
    begin(tmp_path)
    monkeypatch.setattr("importlib.metadata.version", lambda package: "9.9" if package == "torch" else "1.0")
    with pytest.raises(SettingsError, match=r'the version of torch changed from .* to "9\.9"'):
        begin(tmp_path)


def test_names_for_people_may_change(tmp_path):
    tasks = tuple(replace(task, id=f"new-{task.id}") for task in tiny_tasks(3).tasks)
    begin(tmp_path)
    again = begin(tmp_path, tasks=replace(tiny_tasks(3), name="b", tasks=tasks))
    assert not [told for told in again if isinstance(told, PromptStarted)]


def test_a_changed_answer_in_a_file_is_not_resumed_with_its_old_verdict(tmp_path):
    """The issue's case: same file, same lines, another answer."""
    file = tmp_path / "own.jsonl"
    file.write_text('{"prompt": "a", "answer": 1}\n{"prompt": "b", "answer": 2}\n')
    with read_tasks(file) as tasks:
        begin(tmp_path / "out", tasks=tasks)
    file.write_text('{"prompt": "a", "answer": 1}\n{"prompt": "b", "answer": 3}\n')
    with read_tasks(file) as tasks, pytest.raises(SettingsError, match=r"the answer of task 2 \(own-2\) changed"):
        begin(tmp_path / "out", tasks=tasks)


def test_older_and_broken_folders_are_refused_in_words(tmp_path):
    begin(tmp_path)
    file = tmp_path / "experiment.json"
    first = {"format": 1, "model": "scripted", "task_ids": ["t0", "t1", "t2"], "settings": {}}
    for text, words in (
        (json.dumps(first), "has format 1, and this version of the program writes 2"),
        ("[]", "not one that this program wrote"),
        ("{", "is broken"),
        ("{}", "has format null"),
        (json.dumps({"format": 2}), "changed"),
        (json.dumps({"format": 2, "settings": 3, "tasks": [1, 2, 3], "versions": None}), "changed"),
    ):
        file.write_text(text)
        with pytest.raises(SettingsError, match=words):
            begin(tmp_path)
    file.unlink()
    with pytest.raises(SettingsError, match=r"holds records, but no experiment\.json"):
        begin(tmp_path)


def test_a_record_of_another_prompt_is_not_taken(tmp_path):
    begin(tmp_path)
    records = tmp_path / "records"
    (records / "init-0001.json").write_bytes((records / "init-0002.json").read_bytes())
    with pytest.raises(TraceError, match=r"init-0001.json is of another prompt"):
        begin(tmp_path)


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(["format", "tasks", "settings", "versions", "model"]), st.one_of(
    st.none(), st.just(2), st.text(max_size=3), st.lists(st.dictionaries(st.just("prompt"), st.integers()), max_size=4),
)))  # fmt: skip
def test_any_json_is_compared(before):
    now = identity_of(tiny_engine(), fitting_tasks(tiny_engine(), tiny_tasks(2)), PLAN)
    assert changes(before, now)
    assert changes(json.loads(json.dumps(now)), now) == []


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=4)


@settings(deadline=None)
@given(st.lists(st.tuples(TEXTS, TEXTS), min_size=1, max_size=4), st.data())
def test_two_task_sets_have_one_identity_only_if_they_are_the_same(pairs, data):
    def identity(pairs):
        tasks = tuple(Task(f"t{number}", f"p{prompt}", answer) for number, (prompt, answer) in enumerate(pairs))
        fitting = fitting_tasks(tiny_engine(), TaskSet("s", tasks, tiny_tasks(1).grader))
        return json.loads(json.dumps(identity_of(tiny_engine(), fitting, PLAN)))

    other = data.draw(st.one_of(st.just(pairs), st.permutations(pairs), st.just([(p + a, "") for p, a in pairs])))
    assert (changes(identity(pairs), identity(other)) == []) == (list(other) == list(pairs))
