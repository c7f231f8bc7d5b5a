"""What is asked for twice, interrupted, closed meanwhile or stopped half-way: nothing is lost and nothing is wrong."""

import threading

import numpy as np
import pytest
from transformers import LlamaConfig

from eager_core import Exploration, Settings
from eager_core.errors import ModelError
from eager_core.events import SequenceFinished
from eager_core.known_node import KnownNode
from tests.local.test_batch import chain
from tests.local.test_parity import SIZES, TOLERANCE_NATS
from tests.local.test_sharing import comparable
from tests.local.tiny_engine import engine_for, plain_logprobs, random_model

MODEL = random_model(LlamaConfig(**{**SIZES, "num_hidden_layers": 2}))
RUN = Settings(theta=1.5, max_sequences=4, max_new_tokens=12)
LONG_PROMPT = " ".join(str(2 + 7 * place % 60) for place in range(40))


@pytest.fixture
def short_pieces(monkeypatch):
    """Prompts are computed 8 tokens a pass."""
    for module in ("memory", "batch"):
        monkeypatch.setattr(f"eager_core.local.{module}.LONGEST_EXTENSION", 8)


def is_plain(memory, node, prediction):
    plain = plain_logprobs(MODEL, (*memory.prompt_ids, *node.path()))[-1].numpy()
    return np.abs(plain[prediction.token_ids] - prediction.logprobs).max() < TOLERANCE_NATS


@pytest.mark.parametrize("num_blocks", [256, 3])
@pytest.mark.parametrize("order", [(1, 1), (0, 0), (1, 2, 2), (2, 2, 1, 1, 0)])
def test_a_node_asked_for_twice_at_once_and_again_and_after_evictions(order, num_blocks):
    engine = engine_for(MODEL, num_blocks, block_rows=4)
    memory, other = engine.open([5, 17, 3]), engine.open([9, 1, 1, 4])
    nodes = chain(8, 9)
    asked = [nodes[place] for place in order]
    for _ in range(3):
        told = memory.predict(asked)
        assert all(is_plain(memory, node, prediction) for node, prediction in zip(asked, told, strict=True))
        for node, prediction in zip(asked, told, strict=True):
            node.prediction = prediction
        other.predict([KnownNode(0), chain(7, 7)[-1]])  # in the small store, this takes the rows of the first
        assert np.isfinite(memory.logprobs(asked[0])).all()
        for node in asked:
            node.prediction = None


def test_two_threads_that_ask_for_the_same_nodes_are_both_answered_rightly():
    memory = engine_for(MODEL).open([5, 17, 3])
    nodes = chain(8, 9, 10)
    answers = []
    threads = [threading.Thread(target=lambda: answers.append(memory.predict(nodes))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 4
    assert all(is_plain(memory, *pair) for told in answers for pair in zip(nodes, told, strict=True))


@pytest.mark.parametrize("at", [1, 2, 6])
def test_what_an_interrupted_pass_said_is_had_without_another(at):
    """Ctrl-C in a notebook: the pass goes on in the engine's thread, while whoever asked is gone."""
    whole = Exploration(engine_for(MODEL), "5 17 3")
    list(whole.run(RUN))
    exploration = Exploration(engine_for(MODEL), "5 17 3")
    memory, passes = exploration.knowledge._memory, []
    ask = memory._services.predict

    def interrupted(*request):
        told = ask(*request)
        passes.append(request)
        if len(passes) == at:
            raise KeyboardInterrupt
        return told

    object.__setattr__(memory._services, "predict", interrupted)
    with pytest.raises(KeyboardInterrupt):
        list(exploration.run(RUN))
    list(exploration.run(RUN))
    assert comparable(exploration) == comparable(whole)
    assert exploration.knowledge.num_forward_passes == whole.knowledge.num_forward_passes


def test_reading_while_another_thread_closes_is_answered_or_refused_in_words():
    for _ in range(10):
        engine = engine_for(MODEL)
        exploration = Exploration(engine, "5 17 3")
        list(exploration.run(RUN))
        nodes = [node for node in exploration.knowledge.nodes if node.prediction is not None]
        started, faults = threading.Barrier(2), []

        def read(nodes=nodes, exploration=exploration, started=started, faults=faults):
            started.wait()
            try:
                for node in nodes * 20:
                    exploration.knowledge.logprobs(node)
            except ModelError as error:
                faults.append(str(error))

        thread = threading.Thread(target=read)
        thread.start()
        started.wait()
        engine.close()
        thread.join(60)
        assert not thread.is_alive()
        assert all("closed" in fault for fault in faults)


def test_a_long_prompt_is_stopped_between_its_passes_and_goes_on_where_it_was(short_pieces):
    whole = Exploration(engine_for(MODEL), LONG_PROMPT)
    list(whole.run(RUN))
    exploration, asked = Exploration(engine_for(MODEL), LONG_PROMPT), []

    def stop_soon():
        asked.append(exploration.knowledge.num_forward_passes)
        return len(asked) == 4

    list(exploration.run(RUN, stop_soon))
    assert [sequence.finish_reason for sequence in exploration.tree.sequences] == ["stopped"]
    assert exploration.tree.finished is not None
    assert asked == [0, 1, 2, 3]  # of five passes: stopped after the third
    list(exploration.run(RUN))
    assert comparable(exploration) == comparable(whole)
    assert exploration.knowledge.num_forward_passes == whole.knowledge.num_forward_passes


def test_a_sweep_is_stopped_in_a_long_prompt_too(short_pieces):
    exploration, asked = Exploration(engine_for(MODEL), LONG_PROMPT), []
    events = list(exploration.sweep([RUN, RUN], lambda: asked.append(0) or len(asked) == 3))
    assert exploration.knowledge.num_forward_passes == 2
    endings = [event for _, event in events if isinstance(event, SequenceFinished)]
    assert [ending.finish_reason for ending in endings] == ["stopped", "stopped"]


def test_others_take_steps_between_the_pieces_of_a_long_prompt(short_pieces):
    engine = engine_for(MODEL)
    long, short = Exploration(engine, LONG_PROMPT), Exploration(engine, "5 17 3")
    steps = []

    def step_of_the_other():
        if not steps:
            steps.append(list(short.run(RUN)))
        return False

    list(long.run(RUN, lambda: long.knowledge.num_forward_passes == 2 and step_of_the_other()))
    alone = Exploration(engine_for(MODEL), LONG_PROMPT)
    list(alone.run(RUN))
    assert steps and comparable(long) == comparable(alone)


def test_a_store_that_loses_the_pieces_meanwhile_still_gives_the_tree(short_pieces):
    engine = engine_for(MODEL, num_blocks=24)
    other = Exploration(engine, "9 9 1 4 4")
    exploration = Exploration(engine, LONG_PROMPT)
    list(exploration.run(RUN, lambda: bool(list(other.run(RUN))) and False))
    alone = Exploration(engine_for(MODEL), LONG_PROMPT)
    list(alone.run(RUN))
    assert comparable(exploration) == comparable(alone)
