"""Files as the authors' code really writes them: what is read is what was run."""

import ast
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eager_core import Exploration, Settings, TokenTree, TraceError
from eager_core.authors import authors_json_of, runs_from_authors_json
from eager_core.traces import trace_from_json, trace_of, trace_to_json
from tests.authors.plain_writer import (
    END_TEXT,
    FRAME,
    PROMPT,
    MadeUpModel,
    WrittenRun,
    entry_of,
    result_file,
    write_run,
)
from tests.scripted_engine import ScriptedEngine, hashed_logprobs


def read(entry: dict, most: int = 8, theta: float = 2.0, name: str = "entropy-aware-generations"):
    (run,) = runs_from_authors_json(result_file([entry], most, theta, name))
    return run


def runs_in(tree: TokenTree) -> list[list]:
    """The sequences of each run in a tree, in the order in which they began."""
    run_of, runs = {}, {}
    for sequence in tree.sequences:
        parent = sequence.parent_sequence
        run_of[sequence.id] = sequence.id if parent is None else run_of[parent]
        runs.setdefault(run_of[sequence.id], []).append(sequence)
    return list(runs.values())


def told(value: float) -> float | None:
    return value if value >= 0 else None


def check(tree: TokenTree, written: list[WrittenRun]) -> None:
    """See that the tree says what was run: texts, entropies, parents, places of forks, ends."""
    steps = {fork.new_sequence: fork.step for fork in tree.forks}
    assert len(runs_in(tree)) == len(written)
    for sequences, run in zip(runs_in(tree), written, strict=True):
        for sequence, true in zip(sequences, run.truth, strict=True):
            path = tree.path(sequence.leaf)
            assert "".join(node.text for node in path) == "".join(true.tokens)
            values = [told(value) for value in true.entropies] or [None]  # a text without a value is one node
            assert [node.entropy for node in path] == pytest.approx(values)
            parent = None if true.parent is None else sequences[true.parent.place].id
            assert (sequence.parent_sequence, steps.get(sequence.id, 0)) == (parent, true.start)
            is_ended = true.entropies[-1:] == [-9.0]
            assert (sequence.finish_reason == "eos") == is_ended
            assert is_ended or sequence.finish_reason == "unknown"  # the file does not tell
            if is_ended:
                assert tree.text(sequence) == "".join(true.tokens[:-1])  # the mark of the end is no part of it
        forks = [fork for fork in tree.forks if fork.new_sequence in {sequence.id for sequence in sequences}]
        assert [fork.entropy for fork in forks] == [branch["entropy"] for branch in run.branches]


some_models = st.builds(
    MadeUpModel, seed=st.integers(0, 10**6), end_share=st.sampled_from([0.0, 0.1, 0.3]),
    torn_share=st.sampled_from([0.0, 0.2, 0.6]),
)  # fmt: skip
some_limits = {
    "most": st.integers(1, 9), "limit": st.integers(1, 12), "patience": st.sampled_from([2, 1000]),
}  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(model=some_models, **some_limits)
def test_one_run_is_read_as_it_was_run(model, most, limit, patience):
    written = write_run(model, most, 2.0, limit, patience)
    run = read(entry_of([written]), most)
    check(run.tree, [written])
    assert trace_from_json(trace_to_json(trace_of(run.tree))) == run.tree
    # Their answers stand in the order of the file.
    texts = ["".join(node.text for node in run.tree.path(s.leaf)) for s in run.tree.sequences]
    for text, answer in zip(texts, run.answers, strict=True):
        assert written.generations[int(answer)] == FRAME + text


@settings(max_examples=150, deadline=None)
@given(models=st.lists(some_models, min_size=2, max_size=4, unique_by=lambda model: model.seed), **some_limits)
def test_a_file_with_more_budget_holds_several_runs(models, most, limit, patience):
    written = [write_run(model, most, 2.0, limit, patience) for model in models]
    run = read(entry_of(written), most)
    check(run.tree, written)
    assert trace_from_json(trace_to_json(trace_of(run.tree))) == run.tree


def test_the_settings_are_nested_under_params():
    started = read(entry_of([write_run(MadeUpModel(1, 0.1, 0.6), 4, 2.0, 9, 1000)]), most=4).tree.started
    assert (started.model, started.seed, started.settings.strategy) == ("Qwen/Qwen3-4B", 55, "reference")
    assert (started.known("temperature"), started.known("theta"), started.known("max_sequences")) == (0.6, 2.0, 4)
    # What such a file does not tell is not known: nobody has read it in their code's defaults.
    assert {"top_p", "max_new_tokens", "dynamic_threshold"} <= started.unknown


def hand_made(generations: list[str], entropies: list[str], branches: list[dict]) -> dict:
    return {
        "prompt": PROMPT, "generated_sequences": len(generations), "target": 5,
        "extracted_answers": str(["5"] * len(generations)), "generations": [FRAME + text for text in generations],
        "entropies": entropies, "recorded_branches": [str(branch) for branch in branches],
    }  # fmt: skip


def branch(seq_idx: int, step: int, original: str, other: str, entropy: float = 2.5) -> dict:
    return {
        "seq_idx": seq_idx, "gen_step": step, "auto_selected_token": original, "entropy": entropy,
        "entropy_threshold": 2.0, "man_token_original": original, "man_token_branch": other, "new_seq_idx": 9,
        "last_generated_chars": "",
    }  # fmt: skip


def test_a_child_that_ended_before_the_trunk_stands_before_it_and_later_places_count_the_active_ones():
    """By hand: A forks at step 0 into B; B ends at step 2; A, the only active sequence, forks at step 3 into C."""
    entry = hand_made(
        ["No, 5.<|im_end|>", "It is 2 and 3, so 5", "It is 2 and three: 5"],
        ["[2.5, 0.1, -9.0]", "[2.5, 0.2, 0.3, 2.6, -2.0, -2.0]", "[-1, -1, -1, 2.6, -2.0]"],
        [branch(0, 0, "It", "No"), branch(0, 3, " 3", " three", 2.6)],
    )
    tree = read(entry).tree
    assert [(fork.step, fork.sequence, fork.new_sequence) for fork in tree.forks] == [(0, 0, 1), (3, 0, 2)]
    texts = ["".join(node.text for node in tree.path(sequence.leaf)) for sequence in tree.sequences]
    assert texts == ["It is 2 and 3, so 5", "No, 5.<|im_end|>", "It is 2 and three: 5"]
    assert [sequence.finish_reason for sequence in tree.sequences] == ["unknown", "eos", "unknown"]


def test_a_place_that_only_the_active_ones_explain():
    """B and C have the same entropies. That B forks, place 0 of the active as A has ended, its place alone tells."""
    entry = hand_made(
        ["a<|im_end|>", "b=x", "c=x", "b=y"],
        ["[2.5, -9.0]", "[2.5, 2.6, 2.7, -2.0]", "[-1, 2.6, 2.7, -2.0]", "[-1, -1, 2.7, -2.0]"],
        [branch(0, 0, "a", "b"), branch(0, 1, "=", "c", 2.6), branch(0, 2, "x", "y", 2.7)],
    )
    entry["generations"] = [FRAME + text for text in ("a<|im_end|>", "b=x", "bcx", "b=y")]
    tree = read(entry).tree
    assert [(fork.step, fork.sequence, fork.new_sequence) for fork in tree.forks] == [(0, 0, 1), (1, 1, 2), (2, 1, 3)]


@pytest.mark.parametrize("marker", ["-3.0", "-4.0", "-5.0", "-1.0", "nan"])
def test_what_was_not_measured_is_not_known(marker):
    tree = read(hand_made(["a b c"], [f"[0.5, {marker}, 0.25, -2.0]"], [])).tree
    assert [node.entropy for node in tree.nodes()][1:] == [0.5, None, 0.25, None]
    assert [node.rule for node in tree.nodes()][1:] == ["drawn", "drawn", "drawn", "unmonitored"]


def test_the_entropy_of_a_certain_token_is_a_little_below_0():
    assert [n.entropy for n in read(hand_made(["a b"], ["[-0.0, -1e-10]"], [])).tree.nodes()][1:] == [0.0, 0.0]


@pytest.mark.parametrize("marker", ["-6.0", "-0.5", "101.0", "1e999", "'x'", "None", "True"])
def test_what_is_no_entropy_and_no_marker_is_refused(marker):
    with pytest.raises(TraceError, match="no list of numbers"):
        read(hand_made(["a b"], [f"[0.5, {marker}]"], []))


@pytest.mark.parametrize("text", ["5", f"{PROMPT} Well, 5.", "<|im_start|>assistant\n5", "", "a [/INST] b"])
def test_full_sampling_has_the_answer_alone_and_all_of_it_is_the_models(text):
    """It may restate the prompt: that is no frame."""
    entry = hand_made([], ["[0.5, 0.1]", "[0.3]"], [])
    del entry["recorded_branches"]
    entry["generations"] = [text, "6"]
    tree = read(entry, name="default-generations").tree
    assert [tree.text(sequence) for sequence in tree.sequences] == [text, "6"]
    assert tree.started.known("strategy") == "parallel" and tree.node(0).text == PROMPT


@pytest.mark.parametrize(
    ("frame", "prompt"),
    [
        (f"<｜User｜>{PROMPT}<｜Assistant｜>", PROMPT),
        (f"<|start|>user<|message|>{PROMPT}<|end|><|start|>assistant", PROMPT),
        (f"[INST] {PROMPT} [/INST]", f"{PROMPT}\n"),  # a frame that strips what it is given
        (PROMPT, PROMPT),
        (f"{PROMPT}<|made up|>", PROMPT),
    ],
)
@pytest.mark.parametrize("answer", ["5", f" {PROMPT}", "x" * 200 + "[/INST] 5", "<|im_start|>assistant\n 5"])
def test_the_frame_is_told_from_what_the_model_wrote(frame, prompt, answer):
    entry = hand_made([], ["[2.5, -2.0]", "[2.5, -2.0]"], [branch(0, 0, "a", "b")])
    entry |= {"prompt": prompt, "generations": [f"{frame}a{answer}", f"{frame}b{answer}"]}
    tree = read(entry).tree
    # Where the frame is unknown, the fork at the first token says where the answer begins.
    assert [tree.text(sequence) for sequence in tree.sequences] == [f"a{answer}", f"b{answer}"]


def test_an_unknown_frame_stays_with_the_answer_and_nothing_is_lost():
    entry = hand_made([], ["[0.5, -2.0]"], []) | {"generations": [f"<|made up|>{PROMPT}<|too|>5"]}
    tree = read(entry).tree
    assert tree.text(tree.sequences[0]) == "<|too|>5"


@pytest.mark.parametrize(
    ("entropies", "branches"),
    [
        (["[0.5, -2.0]", "[-1, 2.5]"], []),
        (["[2.5, -2.0]", "[-1, 2.5]"], [branch(0, 7, "a", "b")]),
        (["[2.5, -2.0]", "[2.5]"], [branch(0, 0, "a", "b"), branch(0, 1, "a", "b")]),
        (["[2.5, -2.0]"], []),
    ],
)
def test_lines_and_branches_that_do_not_fit_are_refused(entropies, branches):
    with pytest.raises(TraceError) as caught:
        read(hand_made(["a", "b"], entropies, branches))
    assert "\n" not in str(caught.value)


def test_a_byte_order_mark_is_no_error():
    text = result_file([hand_made(["a\u2028b\x85"], ["[0.5, 0.1]"], [])], 4, 2.0, "entropy-aware-generations")
    (run,) = runs_from_authors_json("\ufeff" + text)
    assert run.tree.text(run.tree.sequences[0]) == "a\u2028b\x85"


def test_many_runs_are_told_apart_in_a_moment():
    models = [MadeUpModel(seed, 0.1, 0.6) for seed in range(30)]
    written = [write_run(model, 32, 2.0, 12, 1000) for model in models]
    entry = entry_of(written)
    assert len(json.loads(result_file([entry], 32, 2.0, "x"))["x"][0]["generations"]) > 300
    check(read(entry, 32).tree, written)


@settings(max_examples=60, deadline=None)
@given(models=st.lists(some_models, min_size=1, max_size=3, unique_by=lambda model: model.seed), **some_limits)
def test_what_was_imported_can_be_exported_for_their_stage_2(models, most, limit, patience):
    """Their stage 2 evaluates the texts that hold lists, and reads these keys; nothing here is ours."""
    written = [write_run(model, most, 2.0, limit, patience) for model in models]
    imported = read(entry_of(written), most)
    whole = json.loads(json.dumps(authors_json_of([imported.tree], ["5"], [imported.answers]), allow_nan=False))
    assert whole["params"]["max_sequences"] == most and whole["params"]["model_name"] == "Qwen/Qwen3-4B"
    (entry,) = whole["entropy-aware-generations"]
    generations = entry["generations"]
    assert entry["generated_sequences"] == len(generations) == sum(len(run.generations) for run in written)
    assert len(ast.literal_eval(entry["extracted_answers"])) == len(generations)
    values = [ast.literal_eval(text) for text in entry["entropies"]]
    branches = [ast.literal_eval(text) for text in entry["recorded_branches"]]
    assert all(isinstance(value, int | float) for own in values for value in own)
    assert [set(record) for record in branches] == [set(branch(0, 0, "", ""))] * len(branches)
    # What their code wrote of sequences and places is what is written again: the same order, places and entropies.
    theirs = entry_of(written)
    texts = [text.removeprefix(FRAME) for text in theirs["generations"]]
    ours = [text.removeprefix(PROMPT) for text in generations]
    assert [text.removesuffix(END_TEXT) for text in ours] == [text.removesuffix(END_TEXT) for text in texts]
    assert values == [told_again(ast.literal_eval(text)) for text in theirs["entropies"]]
    known = ("seq_idx", "gen_step", "entropy", "entropy_threshold", "man_token_original", "man_token_branch")
    for record, text in zip(branches, theirs["recorded_branches"], strict=True):
        assert {name: record[name] for name in known} == {name: ast.literal_eval(text)[name] for name in known}
    again = read(entry, most)
    assert [s.leaf for s in again.tree.sequences] == [s.leaf for s in imported.tree.sequences]
    assert again.answers == imported.answers


def told_again(values: list[float]) -> list[float]:
    return values or [-2.0]  # a text without a value is a node, so it has one


def test_answers_that_nobody_extracted_are_those_in_the_last_boxes():
    tree = read(hand_made(["So \\boxed{4}, no: \\boxed{5}", "It"], ["[0.5]", "[0.5]"], [])).tree
    (entry,) = authors_json_of([tree])["entropy-aware-generations"]
    assert entry["extracted_answers"] == "['5', None]"


def test_full_sampling_is_exported_as_answers_alone():
    exploration = Exploration(ScriptedEngine(hashed_logprobs(40)), "Why?")
    list(exploration.run(Settings(strategy="parallel", max_sequences=3, max_new_tokens=4)))
    tree = exploration.tree
    (entry,) = authors_json_of([tree])["default-generations"]
    assert entry["generations"] == [tree.text(sequence) for sequence in tree.sequences]
    assert [ast.literal_eval(text) for text in entry["entropies"]] == [
        [round(node.entropy, 4) for node in tree.path(sequence.leaf)] for sequence in tree.sequences
    ]


def test_a_token_that_another_begins_with_does_not_take_its_line():
    """One fork with three branches, as the strategy percentile has them: "1" and "19"; the line of "19" comes first."""
    entry = hand_made(
        ["a", "19!", "1?"], ["[2.5, -2.0]", "[2.5, 0.1]", "[2.5, 0.2]"],
        [branch(0, 0, "a", "1"), branch(0, 0, "a", "19")],
    )  # fmt: skip
    tree = read(entry).tree
    assert [tree.text(sequence) for sequence in tree.sequences] == ["a", "1?", "19!"]
    assert [tree.node(child).text for child in tree.children(0)] == ["a", "1", "19"]


@pytest.mark.parametrize(
    ("num_lines", "num_branches"), [(1_500, 1_400), (20_000, 1), (2_000, 1_000)], ids=["long", "wide", "both"]
)
def test_a_hostile_file_is_refused_and_not_tried_for_ever(num_lines, num_branches):
    """Every line fits every branch but the last, which fits none: there is no end of ways to try."""
    branches = [branch(0, 0, "", "", 2.5)] * (num_branches - 1) + [branch(0, 0, "", "", 2.6)]
    with pytest.raises(TraceError) as caught:
        read(hand_made(["a"] * num_lines, ["[2.5]"] * num_lines, branches))
    assert "\n" not in str(caught.value)
