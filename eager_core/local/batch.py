"""One shared step: the nodes that several explorations ask for, on their way through as few passes as possible."""

from collections.abc import Sequence

from eager_core.errors import ModelError
from eager_core.known import KnownNode
from eager_core.local.forward import ForwardPass, Output
from eager_core.local.memory import LocalMemory
from eager_core.local.predictions import predictions_from_output
from eager_core.local.rows import BlockPool, Row
from eager_core.prediction import Prediction

LONGEST_EXTENSION = 512
"""Most positions of one path in one pass; longer prompts take several, so that the scores stay small in memory."""


class Batch:
    """Places nodes in rows and runs them. Used once; on an error, rows may be left unwritten and must be released.

    A node whose parent's row is held waits for the common decoding pass. Prompts, and paths whose rows were evicted,
    are brought back first, in passes of their own. Rows on the way are pinned: no eviction can take them.
    """

    def __init__(self, pool: BlockPool, forward: ForwardPass) -> None:
        self._pool = pool
        self._forward = forward
        self._waiting: list[tuple[LocalMemory, KnownNode, Row]] = []
        self._predictions: dict[tuple[LocalMemory, int], Prediction] = {}

    def predict(self, requests: Sequence[tuple[LocalMemory, Sequence[KnownNode]]]) -> list[list[Prediction]]:
        """Return the predictions after the nodes of each request.

        Raises:
            ModelError: the store cannot hold one whole path.
        """
        for memory, nodes in requests:
            memory.latest_logits.clear()
            for node in nodes:
                self._place(memory, node)
        self._decode()
        return [[self._predictions[memory, node.index] for node in nodes] for memory, nodes in requests]

    def _place(self, memory: LocalMemory, node: KnownNode) -> None:
        if node.parent is None:
            self._bring_back(memory, node)
            return
        if node.parent.index not in memory.rows:
            self._bring_back(memory, node.parent)
        row = self._new_row(memory, memory.rows[node.parent.index], node.index)
        self._pool.pin(row)
        self._waiting.append((memory, node, row))

    def _new_row(self, memory: LocalMemory, parent: Row | None, key: int) -> Row:
        if parent is not None:
            self._pool.pin(parent)
        row = self._pool.append(parent, memory.rows, key)
        if row is None:
            # What waits holds the whole store: let it through, then its blocks can be evicted.
            self._decode()
            row = self._pool.append(parent, memory.rows, key)
        if parent is not None:
            self._pool.unpin(parent)
        if row is None:
            raise ModelError(
                f"The KV store of {self._pool.num_blocks} blocks of {self._pool.block_rows} tokens cannot hold one "
                "sequence; give it more memory, or ask for fewer new tokens."
            )
        return row

    def _bring_back(self, memory: LocalMemory, node: KnownNode) -> None:
        """Compute the rows of the path to `node` that are not held, and what follows it."""
        parent, missing = memory.missing(node)
        for start in range(0, len(missing), LONGEST_EXTENSION):
            piece = missing[start : start + LONGEST_EXTENSION]
            rows: list[Row] = []
            for key, _ in piece:
                rows.append(self._new_row(memory, rows[-1] if rows else parent, key))
            output = self._forward.extend([token_id for _, token_id in piece], parent, rows)
            memory.num_forward_passes += 1
            self._pool.touch(rows[-1])
            parent = rows[-1]
        self._learn([(memory, node)], output)

    def _decode(self) -> None:
        """Let everything that waits through in one pass."""
        if not self._waiting:
            return
        waiting, self._waiting = self._waiting, []
        output = self._forward.decode([node.token_id for _, node, _ in waiting], [row for _, _, row in waiting])
        for memory in {memory for memory, _, _ in waiting}:
            memory.num_forward_passes += 1
        self._learn([(memory, node) for memory, node, _ in waiting], output)
        for _, _, row in waiting:
            self._pool.touch(row)
            self._pool.unpin(row)

    def _learn(self, nodes: Sequence[tuple[LocalMemory, KnownNode]], output: Output) -> None:
        predictions = predictions_from_output(output)
        is_shared = len({memory for memory, _ in nodes}) > 1
        for index, ((memory, node), prediction) in enumerate(zip(nodes, predictions, strict=True)):
            self._predictions[memory, node.index] = prediction
            # What was said of a node once stays: a row brought back later differs in the last bits.
            if node.index not in memory.hidden:
                # Copies, for a view keeps the whole pass's tensor alive. Logits are large and soon forgotten: where
                # they are all one exploration's, nothing is gained by copying them.
                memory.hidden[node.index] = output.hidden[index].clone()
                logits = output.logits[index]
                memory.latest_logits[node.index] = logits.clone() if is_shared else logits
