"""One limit over rows, hidden states and predictions: what it lets go costs work, and changes nothing."""

from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from transformers import LlamaConfig

from eager_core import Exploration, ModelError, Settings
from eager_core.by_hand import HandBranch
from eager_core.local import LocalEngine
from eager_core.prediction import agreeing, prediction_from_logprobs
from eager_core.sampling import draw, draw_exactly
from eager_core.tree import TokenTree
from tests.local.test_families import loaded
from tests.local.test_parity import PROMPT, SIZES, TOLERANCE_NATS
from tests.local.test_replay import shape
from tests.local.tiny_engine import plain_logprobs, random_model

MODEL = random_model(LlamaConfig(**SIZES))
BLOCK_ROWS = 4
ROW_BYTES = 4 * 2 * 2 * 8 * 4
"""Layers, keys and values, key heads, numbers in a head, bytes of a float32."""
PREDICTION_BYTES = 1474
SHORTENED_BYTES = 770
HIDDEN_BYTES = 32 * 4

BLOCK_BYTES = BLOCK_ROWS * ROW_BYTES


def some_settings(random: Random) -> Settings:
    return Settings(
        theta=random.choice([0.5, 1.5, 2.5]),
        max_sequences=random.randint(3, 5),
        temperature=random.choice([0.0, 0.6, 1.0, 1.6, 2.0]),
        top_p=random.choice([0.7, 1.0]),
        max_new_tokens=random.randint(6, 10),
        strategy=random.choice(["paper", "paper", "parallel", "percentile"]),
    )


TIGHT = (5 + 2) * 10 * SHORTENED_BYTES + 6 * BLOCK_BYTES
"""Holds the shortened predictions of the largest tree, two branches by hand counted, and rows of one path and a bit."""
ROOMY = 2**30


def engine_within(limit_bytes: int, context_length: int = 20) -> LocalEngine:
    """Return an engine whose memory is less than a load would accept."""
    num_blocks = limit_bytes // BLOCK_BYTES
    return LocalEngine(loaded(MODEL), num_blocks, BLOCK_ROWS, ROW_BYTES, limit_bytes, context_length)


@pytest.mark.parametrize("limit", [TIGHT, TIGHT * 3 // 2])
@pytest.mark.parametrize("seed", range(6))
def test_no_limit_changes_a_tree(seed, limit):
    random = Random(seed)
    tight, roomy = (Exploration(engine_within(limit_bytes), PROMPT, seed) for limit_bytes in (limit, ROOMY))
    asked, by_hand = [], []
    for _ in range(12):
        asked.append(random.choice(asked) if asked and random.random() < 0.3 else some_settings(random))
        for exploration in (tight, roomy):
            list(exploration.run(asked[-1], by_hand=by_hand[-2:]))
        assert shape(tight.tree) == shape(roomy.tree)
        for ours, theirs in zip(tight.tree.nodes(), roomy.tree.nodes(), strict=True):
            # Float32 in another batch shape: the same sums in another order.
            assert ours.logprob == pytest.approx(theirs.logprob, abs=TOLERANCE_NATS)
            assert ours.entropy == pytest.approx(theirs.entropy, abs=TOLERANCE_NATS)
        node = random.choice(list(roomy.tree.nodes()))
        if node.depth < 9 and random.random() < 0.5:
            path = tuple(step.token_id for step in roomy.tree.path(node.id))
            by_hand.append(HandBranch(path, random.randrange(SIZES["vocab_size"])))
        told, expected = (distribution(exploration, node) for exploration in (tight, roomy))
        # What an earlier run learnt behind the last token of this one may have been forgotten.
        assert told is not None or not tight.tree.children(node.id)
        if told is not None:
            assert told == pytest.approx(expected, abs=TOLERANCE_NATS)
        assert tight.engine.kept_bytes <= limit


def distribution(exploration, node):
    known = exploration.knowledge.root
    for step in exploration.tree.path(node.id):
        known = known.children[step.token_id]
    return exploration.knowledge.logprobs(known) if known.prediction is not None else None


WIDE = Settings(theta=1.0, max_sequences=8, max_new_tokens=14)


def test_what_is_kept_is_what_is_counted():
    engine = engine_within(ROOMY)
    exploration = Exploration(engine, PROMPT)
    list(exploration.run(WIDE))
    memory = exploration.knowledge._memory
    predicted = [node for node in exploration.knowledge.nodes if node.prediction is not None]
    assert len(memory.hidden) == len(predicted) > 80
    expected = (
        engine._pool.num_held * BLOCK_BYTES
        + len(predicted) * (HIDDEN_BYTES + PREDICTION_BYTES)
        + len(memory.latest_logits) * SIZES["vocab_size"] * 4
    )
    assert engine.kept_bytes == expected
    exploration.close()
    assert engine.kept_bytes == 0


def test_rows_go_first_then_hidden_states_then_predictions(monkeypatch):
    monkeypatch.setattr("eager_core.local.account._SHARE_LEFT", 1)
    exploration = Exploration(engine_within(ROOMY), PROMPT)
    list(exploration.run(WIDE))
    first, memory = exploration.tree, exploration.knowledge._memory
    list(exploration.run(Settings(theta=1.0, max_sequences=8, max_new_tokens=14, temperature=1.6)))
    account, pool = exploration.engine._account, exploration.engine._pool
    states, floor = memory.state_bytes, 2 * BLOCK_BYTES

    def settle(limit_bytes):
        """As an engine of that limit does, whose context are two blocks."""
        account._limit_bytes, account._room = limit_bytes, limit_bytes - floor
        account._step = account._looked_bytes = 0
        account.settle([memory])
        return [node for node in exploration.knowledge.nodes if node.prediction is not None]

    num_held, num_hidden, num_predicted = pool.num_held, len(memory.hidden), len(settle(ROOMY))
    settle(states + (num_held - 2) * BLOCK_BYTES)
    assert (pool.num_held, len(memory.hidden)) == (num_held - 2, num_hidden)
    settle(states + floor)
    assert (pool.num_held, len(memory.hidden)) == (2, num_hidden)
    predicted = settle(states + floor - 10 * HIDDEN_BYTES)
    assert len(memory.hidden) == num_hidden - 10
    assert {node.prediction.num_kept for node in predicted} == {64} and len(predicted) == num_predicted
    predicted = settle(num_predicted * PREDICTION_BYTES + floor - 1000)
    assert len(memory.hidden) == 0
    assert {node.prediction.num_kept for node in predicted} == {20} and len(predicted) == num_predicted
    # Both trees are held, so nothing more can go; without the first, what only it used does.
    assert len(settle(floor)) == num_predicted
    del first
    settle(ROOMY)
    list(exploration.run(Settings(theta=3.0, max_new_tokens=2)))
    assert len(settle(floor)) < num_predicted / 4


def test_what_was_said_of_a_tree_in_use_stays_to_the_last_bit():
    exploration = Exploration(engine_within(100 * SHORTENED_BYTES + 6 * BLOCK_BYTES), PROMPT)
    list(exploration.run(WIDE))
    first = exploration.tree
    list(exploration.run(Settings(theta=3.0, max_new_tokens=3)))
    list(exploration.run(WIDE))
    assert list(exploration.tree.nodes()) == list(first.nodes()) and exploration.tree.finished.forward_passes == 0


def count_freed(memory) -> list[int]:
    """Return a list that grows by the bytes that each sparing of predictions frees."""
    spare, freed = memory.spare, []

    def counted(how):
        freed.append(spare(how))
        return freed[-1]

    memory.spare = counted
    return freed


def test_no_limit_changes_walks_in_company():
    asked = [Settings(theta=theta, max_sequences=4, max_new_tokens=8, temperature=1.6, top_p=1) for theta in (1, 2, 3)]
    told = []
    for limit_bytes in (24 * SHORTENED_BYTES + 5 * BLOCK_BYTES, ROOMY):
        exploration = Exploration(engine_within(limit_bytes, context_length=16), PROMPT)
        freed = count_freed(exploration.knowledge._memory)
        trees = [TokenTree() for _ in asked]
        for number, event in exploration.sweep(asked):
            trees[number].apply(event)
        # Where nothing had to go, a known walk has all that the sweep has; elsewhere it breaks off, and is no other.
        for settings_, tree in zip(asked, trees, strict=True):
            known = exploration.known_walk(settings_).tree
            assert known.num_nodes <= tree.num_nodes
            assert [node.text for node in known.nodes()] == [node.text for node in tree.nodes()][: known.num_nodes]
        told.append([shape(tree) for tree in trees])
        # Predictions were shortened or forgotten on the way in the small memory, and only there.
        assert (sum(freed) > 0) == (limit_bytes != ROOMY)
    assert told[0] == told[1]


def test_a_dropped_hidden_state_is_computed_again_whether_or_not_the_row_is_held():
    exploration = Exploration(engine_within(ROOMY), PROMPT)
    list(exploration.run(Settings(theta=2.0, max_sequences=3, max_new_tokens=6)))
    knowledge = exploration.knowledge
    memory = knowledge._memory
    for is_held in (True, False):
        for node in [node for node in knowledge.nodes if node.prediction is not None]:
            memory.hidden.clear()
            memory.latest_logits.clear()
            if not is_held:
                exploration.engine._pool.release(memory.rows)
            plain = plain_logprobs(MODEL, [*knowledge.prompt_ids, *node.path()])[-1].numpy()
            told = knowledge.logprobs(node)
            assert told == pytest.approx(plain, abs=TOLERANCE_NATS)
            assert (told[node.prediction.token_ids] == node.prediction.logprobs).all()


def test_the_explorations_used_last_keep_theirs():
    engine = engine_within(ROOMY)
    explorations = [Exploration(engine, PROMPT, seed) for seed in range(3)]
    for exploration in explorations:
        list(exploration.run(WIDE))
    oldest, middle, newest = (exploration.knowledge._memory for exploration in explorations)
    list(explorations[0].run(Settings(theta=0.5, max_sequences=8, temperature=1.7)))
    for memory in (oldest, middle, newest):
        memory.drop_logits(0)
    engine._account._let_go(engine._account._state_bytes - HIDDEN_BYTES)
    assert len(middle.hidden) == len(newest.hidden) - 1


def test_a_limit_that_holds_no_path_beside_the_tree_ends_the_run_in_words_and_keeps_the_tree():
    engine = engine_within(TIGHT, context_length=64)
    exploration = Exploration(engine, PROMPT)
    with pytest.raises(ModelError, match=r"blocks of 4 tokens cannot hold one sequence.*EAGER_EXPLORER_KV_MIB"):
        list(exploration.run(Settings(theta=0.5, max_sequences=16, max_new_tokens=40)))
    assert exploration.tree.num_nodes > 20
    again = Exploration(engine, PROMPT, seed=1)
    exploration.close()
    list(again.run(Settings(max_new_tokens=5)))
    assert again.tree.finished is not None


def test_forks_at_every_token_still_leave_a_whole_path_room():
    """The path that always takes the second token opens a block at each: 20 of them, where 7 hold it alone."""
    trees = []
    for limit_bytes in (7 * BLOCK_BYTES + 60 * SHORTENED_BYTES, ROOMY):
        exploration = Exploration(engine_within(limit_bytes, context_length=28), PROMPT)
        path: tuple[int, ...] = ()
        for _ in range(20):
            list(exploration.run(Settings(theta=0.0, max_sequences=2, max_new_tokens=len(path) + 1)))
            known = exploration.knowledge.root
            for token_id in path:
                known = exploration.knowledge.child(known, token_id)
                exploration.knowledge.predict([known])
            path = (*path, int(known.prediction.token_ids[1]))
        trees.append(path)
    assert trees[0] == trees[1]


@given(seed=st.integers(0, 10**6), dice=st.floats(0, 1, exclude_max=True), top_p=st.sampled_from([0.5, 0.95, 1.0]),
       temperature=st.sampled_from([0.0, 0.3, 1.0, 2.0]))  # fmt: skip
def test_a_shortened_prediction_draws_the_same_or_asks(seed, dice, top_p, temperature):
    random = np.random.default_rng(seed)
    logits = random.normal(size=200) * 3
    logprobs = logits - np.log(np.exp(logits).sum())
    short = prediction_from_logprobs(logprobs).shortened()
    assert (short.num_kept, short.vocabulary_size) == (20, 200)
    index = draw(short, temperature, top_p, dice)
    noisy = agreeing(logprobs + random.normal(size=200) * 1e-3, short)
    assert (noisy[short.token_ids] == short.logprobs).all() and noisy.argmax() == short.token_ids[0]
    if index is not None:
        assert short.token_ids[index] == draw_exactly(logprobs, temperature, top_p, dice)[0]
