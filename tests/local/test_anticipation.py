"""Looking ahead with the real engine: in the passes of others, in small memories, and while runs begin."""

import threading
from random import Random

import pytest
from transformers import LlamaConfig

from eager_core import Exploration, Settings
from eager_core.anticipation import Anticipation, Bounds
from eager_core.what_if import WhatIf
from tests.local.test_account import ROOMY, TIGHT, engine_within, some_settings
from tests.local.test_parity import PROMPT, SIZES
from tests.local.test_replay import shape
from tests.local.tiny_engine import engine_for, random_model

HERE = Settings(theta=2.0, max_sequences=4, max_new_tokens=12)
PATIENT = Bounds(patience_s=20.0)


@pytest.mark.parametrize("limit", [TIGHT, TIGHT * 2, ROOMY])
@pytest.mark.parametrize("seed", range(4))
def test_runs_are_the_same_in_any_memory_after_any_amount_of_it(seed, limit):
    random = Random(seed)
    looking = Exploration(engine_within(limit), PROMPT, seed)
    looking.engine._passes._quiet_s = 0
    for _ in range(6):
        asked = some_settings(random)
        plain = Exploration(engine_within(ROOMY), PROMPT, seed)
        for exploration in (looking, plain):
            list(exploration.run(asked))
        assert shape(looking.tree) == shape(plain.tree)
        anticipation = Anticipation(looking, asked, PATIENT)
        for _ in range(random.randrange(40)):
            if not anticipation.step():
                break
        assert looking.engine.kept_bytes <= limit


def test_it_makes_every_theta_known_and_its_passes_are_counted_apart():
    exploration = Exploration(engine_for(random_model(LlamaConfig(**SIZES))), "5 17 3")
    exploration.engine._passes._quiet_s = 0
    list(exploration.run(HERE))
    passes = exploration.knowledge.num_forward_passes
    anticipation = Anticipation(exploration, HERE, PATIENT, sliders=["theta"])
    anticipation.run()
    assert WhatIf(exploration, HERE).curve("theta").num_known == 31
    assert exploration.knowledge.num_forward_passes == passes
    # Each pass takes as many nodes as it has places for, or all that there are.
    assert 0 < exploration.knowledge.num_spare_passes <= anticipation.num_nodes
    assert exploration.knowledge.num_spare_passes >= anticipation.num_nodes / exploration.engine.idle_places
    for theta in (0.0, 1.5, 3.0):
        list(exploration.run(Settings(theta=theta, max_sequences=4, max_new_tokens=12)))
        assert exploration.tree.finished.forward_passes == 0
        alone = Exploration(engine_for(random_model(LlamaConfig(**SIZES))), "5 17 3")
        list(alone.run(Settings(theta=theta, max_sequences=4, max_new_tokens=12)))
        assert shape(exploration.tree) == shape(alone.tree)


def test_what_was_told_and_not_taken_is_not_asked_again():
    exploration = Exploration(engine_for(random_model(LlamaConfig(**SIZES))), "5 17 3")
    exploration.engine._passes._quiet_s = 0
    list(exploration.run(HERE))
    anticipation = Anticipation(exploration, HERE, PATIENT)
    wanted = anticipation._walk_on()
    while not wanted:
        wanted = anticipation._walk_on()
    told = exploration.knowledge.foretell(wanted, 20.0)
    passes = exploration.knowledge.num_forward_passes
    # Dropped here: a run that asks for these nodes has them without a pass.
    assert exploration.knowledge.predict([node for node, _ in told])
    assert exploration.knowledge.num_forward_passes == passes
    assert all(node.prediction is prediction for node, prediction in told)


@pytest.mark.parametrize("num_blocks", [600, 24])
def test_runs_of_all_begin_while_all_look_ahead(num_blocks):
    """Each visitor runs, looks ahead in one thread, and runs again in another while that goes on."""
    model = random_model(LlamaConfig(**SIZES))
    engine = engine_for(model, num_blocks)
    engine._passes._quiet_s = 0
    asked = [Settings(theta=theta, max_sequences=4, max_new_tokens=10) for theta in (2.0, 2.4, 1.2, 1.8)]
    failures = []

    def visit(number):
        try:
            prompt = f"{number} 17 3"
            exploration = Exploration(engine, prompt)
            list(exploration.run(asked[0]))
            stop = threading.Event()
            ahead = threading.Thread(target=Anticipation(exploration, asked[0], PATIENT).run, args=(stop.is_set,))
            ahead.start()
            for settings in asked:
                list(exploration.run(settings))
                alone = Exploration(engine_for(model), prompt)
                list(alone.run(settings))
                assert shape(exploration.tree) == shape(alone.tree)
                # Passes that others look ahead in are none of a run's own.
                passes = exploration.tree.finished.forward_passes
                # In a full store, rows have to be brought back.
                assert passes >= 0 and (passes <= alone.tree.finished.forward_passes or num_blocks == 24)
                list(exploration.run(settings))
                assert exploration.tree.finished.forward_passes == 0
            stop.set()
            ahead.join(60)
            assert not ahead.is_alive()
            exploration.close()
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=visit, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
        assert not thread.is_alive()
    assert failures == []


def test_it_lets_nothing_go_that_others_may_need():
    """Where the store is full it ends, and no block that was held before is given to it."""
    model = random_model(LlamaConfig(**SIZES))
    engine = engine_for(model, num_blocks=60)
    engine._passes._quiet_s = 0
    evicted = []
    evict = engine._pool._evict
    engine._pool._evict = lambda: evicted.append(True) or evict()
    exploration = Exploration(engine, "5 17 3")
    list(exploration.run(HERE))
    assert not evicted
    anticipation = Anticipation(exploration, HERE, PATIENT)
    anticipation.run()
    assert anticipation.is_over and anticipation.num_nodes > 0 and not evicted
    assert anticipation.gave_up == "No memory is left to look ahead without letting go what others may need."
    assert WhatIf(exploration, HERE).curve("temperature").num_known < 11


def test_closing_ends_it():
    exploration = Exploration(engine_for(random_model(LlamaConfig(**SIZES))), "5 17 3")
    list(exploration.run(HERE))
    anticipation = Anticipation(exploration, HERE, Bounds(patience_s=1e4))
    exploration.engine._passes._quiet_s = 1e6
    thread = threading.Thread(target=anticipation.run)
    thread.start()
    while not exploration.engine._passes._spare:
        thread.join(0.001)
    exploration.close()
    thread.join(20)
    assert not thread.is_alive() and anticipation.is_over
