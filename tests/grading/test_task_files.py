"""JSONL as other programs write it, and how many prompts may be asked for."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eager_core import SettingsError
from eager_core.grading import hub_tasks, load_tasks, read_tasks
from eager_core.terminal import main

ODD = "\u2028\u2029\x85\x0b\x0c\x1c\x1d\x1e"
"""What `str.splitlines` ends a line at; JSON allows the first three as they are inside a text."""


def read(folder, data: bytes, num_prompts=None):
    file = folder / "own.jsonl"
    file.write_bytes(data)
    return [(task.prompt, task.answer) for task in read_tasks(file, num_prompts).tasks]


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])).filter(str.strip), min_size=1, max_size=5), st.data())
def test_any_prompt_goes_through_a_file(tmp_path_factory, prompts, data):
    is_ascii, end = data.draw(st.booleans()), data.draw(st.sampled_from(["\n", "\r\n"]))
    mark = data.draw(st.sampled_from([b"", b"\xef\xbb\xbf"]))
    prompts = [*prompts, f"a{ODD[:3]}b"]
    lines = [json.dumps({"prompt": prompt, "answer": 1}, ensure_ascii=is_ascii) for prompt in prompts]
    read_back = read(tmp_path_factory.mktemp("tasks"), mark + (end.join(lines) + end).encode())
    assert read_back == [(prompt, "1") for prompt in prompts]


def test_lines_are_numbered_as_an_editor_numbers_them(tmp_path):
    lines = '{"prompt": "a\u2028b", "answer": 1}\n\n{"prompt": "c"}\n'
    with pytest.raises(SettingsError, match="line 3"):
        read(tmp_path, lines.encode())


@pytest.mark.parametrize(
    ("written", "answer"),
    [
        ('"text\\n#### 1,250"', "1,250"), ("12345678901234567890.10", "12345678901234567890.10"),
        ("7" * 5000, "7" * 5000), ("-0", "-0"), ('" 5 "', "5"), ('"\\\\boxed{5}"', "5"),
    ],
)  # fmt: skip
def test_answers_are_read_to_the_last_digit(tmp_path, written, answer):
    assert read(tmp_path, f'{{"prompt": "p", "answer": {written}}}'.encode()) == [("p", answer)]


@pytest.mark.parametrize("answer", ["NaN", "-Infinity", "true", "null", "[1]", "{}"])
def test_what_is_no_answer_is_refused(tmp_path, answer):
    with pytest.raises(SettingsError, match="line 1"):
        read(tmp_path, f'{{"prompt": "p", "answer": {answer}}}'.encode())


def test_half_a_character_is_refused_with_its_line(tmp_path):
    with pytest.raises(SettingsError, match="line 2, holds half of a character"):
        read(tmp_path, b'{"prompt": "p", "answer": 1}\n{"prompt": "\\ud83d", "answer": 1}')


def test_other_encodings_are_refused(tmp_path):
    with pytest.raises(SettingsError, match="not UTF-8"):
        read(tmp_path, '{"prompt": "p", "answer": 1}'.encode("utf-16"))


@pytest.mark.parametrize("number", [0, -1, -20, True, 2.5])
def test_a_number_of_prompts_that_makes_no_sense_is_refused(tmp_path, number):
    (tmp_path / "own.jsonl").write_text('{"prompt": "p", "answer": 1}\n' * 3)
    for name in (str(tmp_path / "own.jsonl"), "aime2024", "chain_sum"):
        with pytest.raises(SettingsError, match="number of prompts"):
            load_tasks(name, number)
    with pytest.raises(SettingsError, match="number of prompts"):
        hub_tasks("aime2024", number)


@pytest.mark.parametrize("number", ["0", "-1"])
def test_the_command_line_refuses_it_before_the_model_loads(tmp_path, capsys, monkeypatch, number):
    monkeypatch.setattr("eager_core.load_engine", lambda *_, **__: pytest.fail("the model was loaded"), raising=False)
    file = tmp_path / "own.jsonl"
    file.write_text('{"prompt": "p", "answer": 1}\n' * 3)
    for tasks in (str(file), "chain_sum", "aime2024"):
        assert main(["experiment", "--tasks", tasks, "--num-prompts", number, "--out", str(tmp_path / "out")]) == 2
        assert f"number of prompts is {number}" in capsys.readouterr().err
