"""Forward passes of a transformers model over the store of KV rows."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from transformers import PreTrainedModel

from eager_core.local.attention import TREE_ATTENTION
from eager_core.local.cache import TreeCache
from eager_core.local.early_exit import EarlyExit
from eager_core.local.moments import Moments
from eager_core.local.norms import slim_norms
from eager_core.local.packing import pack_linears
from eager_core.local.plan import FEWEST_SHARED_READS, NO_LIMIT, DecodePlan, ExtendPlan, plan_decode, plan_extend
from eager_core.local.rows import Row
from eager_core.local.transfers import to_device
from eager_core.prediction import NUM_KEPT_TOKENS

MOST_COPIED_BYTES = 64 * 2**20
"""Keys and values that a layer copies together at once: beyond any processor's caches, so that a larger piece is no
quicker, and little beside any model."""


@dataclass(frozen=True, eq=False)
class Output:
    """What a pass says after each of `batch` tokens; on the model's device."""

    logits: torch.Tensor
    """[batch, vocabulary]"""
    top: torch.Tensor
    """[batch, num_kept], the highest logits, falling."""
    top_ids: torch.Tensor
    """int64 [batch, num_kept], their tokens; equal logits in any order."""
    moments: torch.Tensor
    """[batch, 3]: log normaliser, entropy (nats) and varentropy (nats squared) of the whole distribution."""
    hidden: torch.Tensor
    """[batch, hidden], the last hidden states that the logits came from."""
    layer_divergences: torch.Tensor
    """[batch], nats."""


class ForwardPass:
    """Runs the model. Owns the KV store, writes only the rows it is told to, and keeps nothing else between passes."""

    def __init__(self, model: PreTrainedModel, num_rows: int) -> None:
        pack_linears(model)
        slim_norms(model)
        self._former_attention = model.config._attn_implementation
        model.set_attn_implementation(TREE_ATTENTION)
        self.fewest_shared_reads = FEWEST_SHARED_READS
        self._model = model
        self._cache = TreeCache(model.config.get_text_config().num_hidden_layers, num_rows)
        self._head = model.get_output_embeddings()
        self._hook = self._head.register_forward_pre_hook(self._keep_hidden)
        self._hidden: torch.Tensor | None = None
        self._early_exit = EarlyExit(model)
        self._moments = Moments()

    def let_go(self) -> None:
        """Leave the model with the attention that it came with, and without hooks; its layers stay as they are."""
        self._hook.remove()
        self._early_exit.let_go()
        self._model.set_attn_implementation(self._former_attention)

    @property
    def device(self) -> torch.device:
        return self._model.device

    @torch.inference_mode()
    def decode(self, token_ids: Sequence[int], rows: Sequence[Row]) -> Output:
        """Run one new token for each of `batch` leaves, its keys and values going into the row of the same index."""
        self._reserve(rows)
        row_bytes = self._cache.layer_row_bytes
        most_reads = max(1, MOST_COPIED_BYTES // row_bytes) if row_bytes else NO_LIMIT
        plan = plan_decode(rows, self.device, self.fewest_shared_reads, most_reads)
        inputs = to_device(np.array(token_ids, dtype=np.int64), self.device)[:, None]
        return self._run(inputs, plan.positions[:, None], plan)

    @torch.inference_mode()
    def extend(self, token_ids: Sequence[int], parent: Row | None, rows: Sequence[Row]) -> Output:
        """Run consecutive tokens of one path behind the row `parent` (None: from the start of a prompt).

        Returns:
            what follows the last one, a batch of 1.
        """
        self._reserve(rows)
        plan = plan_extend(parent, rows, self.device)
        inputs = to_device(np.array(token_ids, dtype=np.int64), self.device)[None]
        return self._run(inputs, plan.positions[None], plan)

    @torch.inference_mode()
    def head(self, hidden: torch.Tensor) -> torch.Tensor:
        """Return the logits [..., vocabulary] of last hidden states [..., hidden] that passes gave."""
        # Past the hook, which keeps what the last pass gave.
        return self._scale(self._head.forward(hidden))

    def _reserve(self, rows: Sequence[Row]) -> None:
        self._cache.reserve(max(row.index for row in rows) + 1)

    def _run(self, inputs: torch.Tensor, positions: torch.Tensor, plan: DecodePlan | ExtendPlan) -> Output:
        self._cache.use(plan)
        output = self._model(
            input_ids=inputs,
            position_ids=positions,
            past_key_values=self._cache,
            use_cache=True,
            logits_to_keep=1,
            tree_plan=plan,
        )
        logits = output.logits[:, -1]
        top, top_ids = torch.topk(logits, min(NUM_KEPT_TOKENS, logits.shape[-1]), dim=-1)
        divergences = self._early_exit.divergence(top, top_ids, self._scale)
        assert self._hidden is not None  # the model has just called its head
        return Output(logits, top, top_ids, self._moments.of(logits), self._hidden[:, -1], divergences)

    def _keep_hidden(self, _module: torch.nn.Module, inputs: tuple[torch.Tensor, ...]) -> None:
        self._hidden = inputs[0]

    def _scale(self, logits: torch.Tensor) -> torch.Tensor:
        """Do to the head's output what the model's family does behind its head."""
        config = self._model.config.get_text_config()
        softcap = getattr(config, "final_logit_softcapping", None)
        if softcap is not None:
            logits = torch.tanh(logits / softcap) * softcap
        return logits * getattr(config, "logit_scale", 1.0) / getattr(config, "logits_scaling", 1.0)
