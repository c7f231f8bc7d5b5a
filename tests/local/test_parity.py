"""Every prediction of a branching run equals an uncached forward of its whole path."""

import pytest
import torch
from transformers import (
    Gemma3TextConfig,
    GptOssConfig,
    LlamaConfig,
    Qwen3Config,
    SmolLM3Config,
)

from eager_core import Exploration, ModelError, Settings
from eager_core.uncertainty import top_k_entropy
from tests.local.tiny_engine import engine_for, plain_logprobs, random_model

TOLERANCE_NATS = 2e-4
"""Float32: the cached pass sums the same products in another order, over tens of terms and a few layers."""

SIZES = {
    "vocab_size": 97,
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 4,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 8,
    "max_position_embeddings": 512,
    "pad_token_id": 0,
}
SLIDING = {"sliding_window": 6, "layer_types": ["sliding_attention", "full_attention"] * 2}

FAMILIES = {
    "llama": LlamaConfig(**SIZES),
    "qwen3": Qwen3Config(**SIZES),
    "qwen3-sliding": Qwen3Config(**SIZES, use_sliding_window=True, max_window_layers=2, sliding_window=6),
    "smollm3-some-layers-without-positions": SmolLM3Config(**SIZES, no_rope_layers=[1, 1, 1, 0]),
    "gpt-oss-sinks-experts-sliding": GptOssConfig(**SIZES, **SLIDING, num_local_experts=4, num_experts_per_tok=2),
    "gemma3-sliding": Gemma3TextConfig(**SIZES, **SLIDING, query_pre_attn_scalar=8),
}

PROMPT = "5 17 3 88 41 9 2"


@pytest.mark.parametrize("family", FAMILIES)
def test_every_node_equals_an_uncached_forward_of_its_path(family):
    model = random_model(FAMILIES[family])
    exploration = Exploration(engine_for(model), PROMPT, seed=3)
    # A random Gemma, whose scaled embeddings are its output weights too, is surer of itself than the others.
    theta = 0.2 if family.startswith("gemma3") else 2.5
    list(exploration.run(Settings(theta=theta, max_sequences=6, temperature=1.0, top_p=1.0, max_new_tokens=24)))
    assert len(exploration.tree.sequences) == 6
    compare_with_plain_forward(exploration, model)


def compare_with_plain_forward(exploration, model, attention="eager", tolerance=TOLERANCE_NATS):
    """Assert entropy, log-probability and rank of every node of every sequence."""
    tree, prompt_ids = exploration.tree, exploration.knowledge.prompt_ids
    for sequence in tree.sequences:
        path = tree.path(sequence.leaf)
        plain = plain_logprobs(model, [*prompt_ids, *(node.token_id for node in path)], attention)
        known = exploration.knowledge.root
        for node, logprobs in zip(path, plain[len(prompt_ids) - 1 : -1], strict=True):
            top = torch.topk(logprobs, 20).values
            shares = torch.softmax(top, dim=-1)
            assert node.entropy == pytest.approx(float(-(shares * shares.log()).sum()), abs=tolerance)
            assert node.entropy == top_k_entropy(known.prediction)
            full_entropy = float(-(logprobs.exp() * logprobs).sum())
            assert known.prediction.full_entropy == pytest.approx(full_entropy, abs=tolerance)
            compare_varentropy(known.prediction.full_varentropy, logprobs, tolerance)
            assert node.logprob == pytest.approx(float(logprobs[node.token_id]), abs=tolerance)
            higher = int((logprobs > logprobs[node.token_id] + tolerance).sum())
            not_lower = int((logprobs >= logprobs[node.token_id] - tolerance).sum())
            assert higher < node.rank <= not_lower
            known = known.children[node.token_id]


def compare_varentropy(varentropy, logprobs, tolerance):
    mean = (logprobs.exp() * logprobs).sum()
    # A square of surprisals of up to 10 nats: ten times the tolerance, relatively.
    expected = float((logprobs.exp() * (logprobs - mean) ** 2).sum())
    assert varentropy == pytest.approx(expected, abs=10 * tolerance, rel=10 * tolerance)


@pytest.mark.parametrize("family", ["llama", "gemma3-sliding"])
def test_layer_divergence_equals_early_exit_over_the_whole_vocabulary_cut_to_the_top_20(family):
    model = random_model(FAMILIES[family])
    exploration = Exploration(engine_for(model), PROMPT)
    list(exploration.run(Settings(max_sequences=1, max_new_tokens=2)))
    known = next(iter(exploration.knowledge.root.children.values()))
    ids = torch.tensor([[*exploration.knowledge.prompt_ids, known.token_id]])
    model.set_attn_implementation("eager")
    with torch.inference_mode():
        output = model(ids, use_cache=False, output_hidden_states=True)
        # hidden_states[i] enters layer i; of 4 layers the last quarter is layer 3.
        early = model.lm_head(model.model.norm(output.hidden_states[3]))[0, -1].double()
    final = output.logits[0, -1].double()
    top = torch.topk(final, 20).indices
    p, q = torch.softmax(final[top], -1), torch.softmax(early[top], -1)
    middle = (p + q) / 2
    expected = float((p * (p / middle).log() + q * (q / middle).log()).sum() / 2)
    assert known.prediction.layer_divergence == pytest.approx(expected, abs=1e-5)
    assert expected > 0.01


def test_whole_distribution_from_the_kept_hidden_state_equals_the_plain_one():
    model = random_model(FAMILIES["gemma3-sliding"])
    exploration = Exploration(engine_for(model), PROMPT)
    list(exploration.run(Settings(theta=1.0, max_sequences=3, max_new_tokens=6)))
    node = exploration.knowledge.root
    ids = list(exploration.knowledge.prompt_ids)
    while node.prediction is not None:
        plain = plain_logprobs(model, ids)[-1]
        assert exploration.knowledge._memory.logprobs(node) == pytest.approx(plain.numpy(), abs=TOLERANCE_NATS)
        node = next(iter(node.children.values()))
        ids.append(node.token_id)


def test_a_long_prompt_goes_in_pieces(monkeypatch):
    monkeypatch.setattr("eager_core.local.batch.LONGEST_EXTENSION", 5)
    model = random_model(FAMILIES["gemma3-sliding"])
    prompt = " ".join(str((7 * i) % 97) for i in range(33))
    exploration = Exploration(engine_for(model), prompt)
    list(exploration.run(Settings(theta=2.0, max_sequences=4, max_new_tokens=6)))
    assert exploration.tree.ledger().forward_passes == 7 + 5
    compare_with_plain_forward(exploration, model)


@pytest.mark.parametrize("family", ["llama", "gpt-oss-sinks-experts-sliding"])
def test_a_store_far_too_small_gives_the_same_tree(family):
    model = random_model(FAMILIES[family])
    run_settings = Settings(theta=2.5, max_sequences=6, temperature=1.0, top_p=1.0, max_new_tokens=20)
    trees = []
    for num_blocks in (256, 8):
        exploration = Exploration(engine_for(model, num_blocks), PROMPT, seed=3)
        list(exploration.run(run_settings))
        list(exploration.run(Settings(**{**vars(run_settings), "theta": 2.2})))
        trees.append(exploration)
    roomy, tight = (exploration.tree for exploration in trees)
    # 8 blocks of 4 rows hold one path of 27 tokens and hardly a second one; only the work differs.
    assert tight.finished.forward_passes > roomy.finished.forward_passes
    assert [(node.parent, node.token_id) for node in tight.nodes()] == [
        (node.parent, node.token_id) for node in roomy.nodes()
    ]
    assert tight.sequences == roomy.sequences
    compare_with_plain_forward(trees[1], model)


def test_a_store_too_small_for_one_path_says_so():
    exploration = Exploration(engine_for(random_model(FAMILIES["llama"]), num_blocks=3), PROMPT)
    with pytest.raises(ModelError, match="3 blocks of 4 tokens cannot hold one sequence"):
        list(exploration.run(Settings(max_new_tokens=20, max_sequences=1)))


def test_closing_gives_the_rows_back():
    engine = engine_for(random_model(FAMILIES["llama"]))
    exploration = Exploration(engine, PROMPT)
    list(exploration.run(Settings(max_new_tokens=20, theta=1.0)))
    assert engine._pool.num_held > 0
    running = exploration.run(Settings(max_new_tokens=30, theta=1.0))
    next(running)
    exploration.close()
    assert engine._pool.num_held == 0
    # A run that was under way ends with an error and takes no rows.
    with pytest.raises(ModelError, match="closed"):
        list(running)
    assert engine._pool.num_held == 0
