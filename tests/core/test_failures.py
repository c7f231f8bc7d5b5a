"""Whatever a model's libraries raise inside a run: one sentence, the tree so far, and the next run works."""

import pytest
import torch

import eager_core
from eager_core import EagerError, Exploration, ModelError, PromptError, Settings, fold
from eager_core.failures import is_out_of_memory, model_failures, sentence_of
from eager_core.terminal import main
from eager_core.traces import load_trace, trace_from_json, trace_of, trace_to_json
from tests.failing_engine import FailingEngine, OutOfMemoryError

SETTINGS = Settings(theta=1.0, max_sequences=4, max_new_tokens=12)

ERRORS = [
    RuntimeError("mat1 and mat2 shapes cannot be multiplied (3x4 and 5x6)\nframe #0: somewhere"),
    torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a total capacity of 8 GiB."),
    OutOfMemoryError("out of it"),
    RuntimeError("[enforce fail at alloc_cpu.cpp:117] . DefaultCPUAllocator: can't allocate memory: you tried to "
                 "allocate 8000000000 bytes. Error code 12 (Cannot allocate memory)"),
    RuntimeError("MPS backend out of memory (MPS allocated: 9 GB). Tried to allocate 256 bytes on private pool."),
    MemoryError(),
    MemoryError("Unable to allocate 7.45 GiB for an array with shape (1000000000,) and data type float64"),
    KeyError("rows"), IndexError("list index out of range"), ValueError(""), AssertionError(), OSError(5, "I/O error"),
    StopIteration("end"), ZeroDivisionError("division by zero"), NotImplementedError(), RecursionError("too deep"),
]  # fmt: skip
MEMORY_ERRORS = ERRORS[1:7]


def run(exploration: Exploration, settings: Settings = SETTINGS) -> tuple[list, EagerError | None]:
    """Return the events of a run, and what it ended in."""
    events = []
    try:
        for event in exploration.run(settings):
            events.append(event)
    except EagerError as error:
        return events, error
    return events, None


@pytest.mark.parametrize("error", ERRORS, ids=repr)
@pytest.mark.parametrize("where", ["predict", "token_text"])
def test_a_run_that_fails_keeps_its_tree_and_the_next_one_is_as_if_nothing_had_been(error, where):
    exploration = Exploration(FailingEngine(error, where), "p")
    events, raised = run(exploration)
    assert type(raised) is ModelError and raised.__cause__ is error
    assert "\n" not in str(raised) and str(raised).startswith("The model failed: ") and str(raised).endswith(".")
    tree = exploration.tree
    assert tree.num_nodes >= 4 and fold(events) == tree
    # Whole: what had not ended has stopped, and the trace of it opens as the same tree.
    assert {sequence.finish_reason for sequence in tree.sequences} <= {"eos", "length", "stopped"}
    assert any(sequence.finish_reason == "stopped" for sequence in tree.sequences)
    assert tree.finished.forward_passes == exploration.knowledge.num_forward_passes > 0
    assert trace_from_json(trace_to_json(trace_of(tree))).sequences == tree.sequences
    whole, raised = run(exploration)
    assert raised is None
    untroubled = Exploration(FailingEngine(error, "nowhere"), "p")
    assert list(fold(whole).nodes()) == list(fold(run(untroubled)[0]).nodes())


@pytest.mark.parametrize("where", ["encode_prompt", "open"])
def test_a_prompt_that_can_not_be_begun_is_one_sentence_too(where):
    engine = FailingEngine(RuntimeError("no"), where, at=1)
    with pytest.raises(ModelError, match="The model failed: RuntimeError, no; "):
        Exploration(engine, "p")
    assert run(Exploration(engine, "p"))[1] is None


def test_the_inspectors_distribution_fails_in_one_sentence():
    exploration = Exploration(FailingEngine(KeyError(3), "distribution", at=2), "p")
    exploration.knowledge.predict([exploration.knowledge.root])  # the first call, in a scripted model
    with pytest.raises(ModelError, match="KeyError, 3"):
        exploration.knowledge.logprobs(exploration.knowledge.root)


@pytest.mark.parametrize("error", MEMORY_ERRORS, ids=repr)
def test_out_of_memory_is_told_from_the_rest_and_has_its_remedy(error):
    assert is_out_of_memory(error)
    sentence = sentence_of(error, "The model failed")
    assert "fewer sequences or tokens" in sentence and "EAGER_EXPLORER_KV_MIB" in sentence


def test_how_much_was_asked_for_is_said_where_it_is_known():
    said = [sentence_of(error, "The model failed").split("; ")[0] for error in MEMORY_ERRORS]
    amounts = ["2.00 GiB", None, "8000000000 bytes", "256 bytes", None, "7.45 GiB"]
    for sentence, amount in zip(said, amounts, strict=True):
        more = f" (it asked for {amount} more)" if amount else ""
        assert sentence == f"The model failed: out of memory{more}"
    assert not any(map(is_out_of_memory, [error for error in ERRORS if error not in MEMORY_ERRORS]))


def test_a_long_reason_is_cut_and_an_empty_one_left_out():
    assert len(sentence_of(RuntimeError("x" * 10_000), "The model failed")) < 300
    assert sentence_of(ValueError("\n \n"), "The model failed").startswith("The model failed: ValueError; ")


@pytest.mark.parametrize("error", [KeyboardInterrupt(), SystemExit(3), PromptError("The prompt is empty.")], ids=repr)
def test_ctrl_c_an_exit_and_our_own_refusals_pass_as_they_are(error):
    with pytest.raises(type(error)) as raised, model_failures():
        raise error
    assert raised.value is error


def test_ctrl_c_ends_a_run_at_once_and_the_exploration_can_be_used_again():
    exploration = Exploration(FailingEngine(KeyboardInterrupt()), "p")
    with pytest.raises(KeyboardInterrupt):
        list(exploration.run(SETTINGS))
    assert run(exploration)[1] is None


def test_a_fault_of_this_program_inside_a_run_is_told_apart_from_the_models(monkeypatch):
    monkeypatch.setattr("eager_core.generation._taken", lambda *_: 1 / 0)
    exploration = Exploration(FailingEngine(KeyError()), "p")
    events, raised = run(exploration)
    assert type(raised) is EagerError and str(raised).startswith("The run failed: ZeroDivisionError, division by zero")
    assert events[-1].kind == "run_finished"


@pytest.mark.parametrize("error", [MEMORY_ERRORS[0], RuntimeError("no\nmore")], ids=repr)
def test_the_command_line_says_it_in_one_line_and_saves_the_tree(error, monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(eager_core, "load_engine", lambda *_, **__: FailingEngine(error), raising=False)
    trace = tmp_path / "out.json"
    assert main(["run", "hello", "--theta", "1", "--max-new-tokens", "12", "--trace", str(trace)]) == 2
    said = capsys.readouterr()
    (line,) = said.err.splitlines()
    assert line.startswith("eager_core: The model failed: ")
    assert "sequence" in said.out and load_trace(trace).num_nodes >= 4


def test_an_experiment_says_it_in_one_line_and_goes_on_where_it_was(monkeypatch, tmp_path, capsys):
    engine = FailingEngine(MemoryError(), at=10)
    monkeypatch.setattr(eager_core, "load_engine", lambda *_, **__: engine, raising=False)
    command = ["experiment", "--num-prompts", "4", "--max-new-tokens", "6", "--stages", "init", "--theta", "1",
               "--out", str(tmp_path)]  # fmt: skip
    assert main(command) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("eager_core: The model failed: out of memory; ")
    assert len(list((tmp_path / "records").iterdir())) in (1, 2, 3)
    assert main(command) == 0


def test_what_goes_wrong_while_a_model_loads_is_one_sentence(monkeypatch):
    monkeypatch.setattr("eager_core.local.loading.best_device", lambda: 1 / 0)
    with pytest.raises(ModelError, match="The model can't be loaded: ZeroDivisionError, division by zero; "):
        eager_core.load_engine()
