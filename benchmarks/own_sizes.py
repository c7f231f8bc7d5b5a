"""What some families need beside the sizes that all tiny models have: their code checks one value against another."""

from typing import Any

LEFT_OUT = object()
"""For a size that a family works out itself and must not be told."""

_MAMBA: dict[str, Any] = {"mamba_n_heads": 8, "mamba_d_head": 8, "mamba_n_groups": 1, "mamba_d_state": 8}

OWN_SIZES: dict[str, dict[str, Any]] = {
    "bamba": {**_MAMBA, "attn_layer_indices": [1]},
    "gemma3n_text": {
        "num_kv_shared_layers": 0, "layer_types": ["sliding_attention", "full_attention"] * 2,
        "vocab_size_per_layer_input": 97, "hidden_size_per_layer_input": 8, "laurel_rank": 4, "altup_num_inputs": 2,
        "activation_sparsity_pattern": [0.0] * 4,
    },
    "gemma4_text": {"vocab_size_per_layer_input": 97, "hidden_size_per_layer_input": 8},
    "gpt_neo": {"attention_types": [[["global", "local"], 2]], "window_size": 8},
    "granitemoehybrid": {**_MAMBA, "layer_types": ["mamba", "attention"] * 2},
    "lfm2_moe": {"layer_types": ["conv", "full_attention"] * 2},
    "mamba2": {"num_heads": 8, "state_size": 8, "n_groups": 1},
    "prophetnet": {"num_hidden_layers": LEFT_OUT, "num_encoder_layers": 2, "num_decoder_layers": 2},
    "reformer": {
        "num_hidden_layers": LEFT_OUT, "attn_layers": ["local", "local"], "axial_pos_embds": False,
        "attention_head_size": 8, "feed_forward_size": 48, "num_buckets": 2,
    },
    "zamba": {"layers_block_type": ["mamba", "hybrid"] * 2, "n_mamba_heads": 2},
    "zamba2": {
        "layer_types": LEFT_OUT, "layers_block_type": ["mamba", "hybrid"] * 2, "hybrid_layer_ids": [1, 3],
        "mamba_ngroups": 1, "n_mamba_heads": 8, "mamba_headdim": 8, "mamba_d_state": 8, "attention_hidden_size": 64,
        "attention_head_dim": 16, "num_key_value_heads": 4,
    },
}  # fmt: skip
"""By the family of the text model, which may stand in others (gemma4 holds a gemma4_text)."""
