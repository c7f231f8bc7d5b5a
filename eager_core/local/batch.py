"""One shared step: the nodes that several explorations ask for, on their way through as few passes as possible."""

from collections.abc import Sequence

from eager_core.errors import MemoryShortError
from eager_core.known_node import KnownNode
from eager_core.local.forward import ForwardPass, Output
from eager_core.local.hardware import MEMORY_VARIABLE
from eager_core.local.memory import LONGEST_EXTENSION, LocalMemory
from eager_core.local.predictions import predictions_from_output
from eager_core.local.rows import BlockPool, Row
from eager_core.prediction import Prediction


class Batch:
    """Places nodes in rows and runs them. Used once; on an error, rows may be left unwritten and must be released.

    A node whose parent's row is held waits for the common decoding pass. Prompts, and paths whose rows were evicted,
    are brought back first, in passes of their own. Rows on the way are pinned: no eviction can take them.
    """

    def __init__(self, pool: BlockPool, forward: ForwardPass) -> None:
        self._pool = pool
        self._forward = forward
        self._waiting: list[tuple[LocalMemory, KnownNode, Row]] = []
        self._placed: set[tuple[LocalMemory, int]] = set()
        """Nodes that were asked for already: asked twice, a node is computed once."""
        self._predictions: dict[tuple[LocalMemory, int], Prediction] = {}

    def predict(self, requests: Sequence[tuple[LocalMemory, Sequence[KnownNode]]]) -> list[list[Prediction]]:
        """Return the predictions after the nodes of each request.

        Raises:
            MemoryShortError: the store cannot hold one whole path.
        """
        for memory, nodes in requests:
            memory.latest_logits.clear()
            for node in nodes:
                self._place(memory, node)
        self._decode()
        return [[self._predictions[memory, node.index] for node in nodes] for memory, nodes in requests]

    def advance(self, memory: LocalMemory, nodes: Sequence[KnownNode]) -> bool:
        """Compute the first piece of a path to one of `nodes` that is longer than a pass; return whether there was one.

        The pieces are those that `predict` would take, so that nothing changes for what is said of the nodes.
        """
        for node in nodes:
            parent, missing = memory.missing(node)
            if len(missing) > LONGEST_EXTENSION:
                is_done = self._extend(memory, parent, missing[:LONGEST_EXTENSION]) is not None
                if not is_done:
                    self._pool.release(memory.rows)
                return is_done
        return False

    def _place(self, memory: LocalMemory, node: KnownNode) -> None:
        if (memory, node.index) in self._placed:
            return
        self._placed.add((memory, node.index))
        if self._try_to_place(memory, node):
            return
        # Forks leave blocks half empty. Alone in the store and laid out anew, a path takes the fewest that it can.
        self._decode()
        self._pool.release(memory.rows)
        if not self._try_to_place(memory, node):
            raise self._too_small()

    def _too_small(self) -> MemoryShortError:
        return MemoryShortError(
            f"The KV store of {self._pool.most_held} blocks of {self._pool.block_rows} tokens cannot hold one "
            f"sequence; give it more memory ({MEMORY_VARIABLE}), or ask for fewer or shorter sequences."
        )

    def _try_to_place(self, memory: LocalMemory, node: KnownNode) -> bool:
        """Return whether the store holds the path to `node`, and let the node wait for the decoding pass if it needs
        one."""
        if node.parent is None or node.index in memory.rows:
            return self._compute(memory, node) is not None
        if node.parent.index not in memory.rows and self._bring_back(memory, node.parent) is None:
            return False
        row = self._new_row(memory, memory.rows[node.parent.index], node.index)
        if row is None:
            return False
        self._pool.pin(row)
        self._waiting.append((memory, node, row))
        return True

    def recall(self, memory: LocalMemory, node: KnownNode) -> Output:
        """Compute what follows `node` anew: where its row is held, in its place, else with all that is missing.

        Raises:
            MemoryShortError: the store cannot hold the path.
        """
        output = self._compute(memory, node)
        if output is None:
            self._pool.release(memory.rows)
            output = self._compute(memory, node)
        if output is None:
            raise self._too_small()
        return output

    def _compute(self, memory: LocalMemory, node: KnownNode) -> Output | None:
        """Return what follows `node`, or None if the store cannot hold its path."""
        row = memory.rows.get(node.index)
        if row is None:
            return self._bring_back(memory, node)
        parent = memory.rows.get(-1 if node.parent is None else node.parent.index)
        token_id = memory.prompt_ids[-1] if node.token_id is None else node.token_id
        output = self._forward.extend([token_id], parent, [row])
        memory.count_pass()
        self._pool.touch(row)
        self._learn([(memory, node)], output)
        return output

    def _new_row(self, memory: LocalMemory, parent: Row | None, key: int) -> Row | None:
        """Return a row behind `parent`, or None if the path finds no room."""
        if parent is not None:
            self._pool.pin(parent)
        row = self._pool.append(parent, memory.rows, key)
        if row is None:
            # What waits holds the whole store: let it through, then its blocks can be evicted.
            self._decode()
            row = self._pool.append(parent, memory.rows, key)
        if parent is not None:
            self._pool.unpin(parent)
        return row

    def _bring_back(self, memory: LocalMemory, node: KnownNode) -> Output | None:
        """Compute the rows of the path to `node`, which are not all held, and what follows it.

        Returns:
            None if the path finds no room; its rows may then be unwritten and must be released.
        """
        parent, missing = memory.missing(node)
        if parent is not None and any(parent is row for _, _, row in self._waiting):
            # Its row has been given out and is not written yet: what stands behind it would read nothing.
            self._decode()
        for start in range(0, len(missing), LONGEST_EXTENSION):
            extended = self._extend(memory, parent, missing[start : start + LONGEST_EXTENSION])
            if extended is None:
                return None
            output, parent = extended
        self._learn([(memory, node)], output)
        return output

    def _extend(
        self, memory: LocalMemory, parent: Row | None, piece: Sequence[tuple[int, int]]
    ) -> tuple[Output, Row] | None:
        """Compute the rows of a piece of a path, [(key, token id)], behind `parent`: (what follows it, its last row).

        Returns:
            None if it finds no room; its rows may then be unwritten and must be released.
        """
        rows: list[Row] = []
        for key, _ in piece:
            row = self._new_row(memory, rows[-1] if rows else parent, key)
            if row is None:
                return None
            rows.append(row)
        output = self._forward.extend([token_id for _, token_id in piece], parent, rows)
        memory.count_pass()
        self._pool.touch(rows[-1])
        return output, rows[-1]

    def _decode(self) -> None:
        """Let everything that waits through in one pass."""
        if not self._waiting:
            return
        waiting, self._waiting = self._side_by_side(), []
        # All of them: the only node without a token is the prompt's, which never waits.
        token_ids = [node.token_id for _, node, _ in waiting if node.token_id is not None]
        output = self._forward.decode(token_ids, [row for _, _, row in waiting])
        for memory in {memory for memory, _, _ in waiting}:
            memory.count_pass()
        self._learn([(memory, node) for memory, node, _ in waiting], output)
        for _, _, row in waiting:
            self._pool.touch(row)
            self._pool.unpin(row)

    def _side_by_side(self) -> list[tuple[LocalMemory, KnownNode, Row]]:
        """Return what waits with each exploration's leaves, and those of one length, beside each other."""
        places = {memory: place for place, memory in enumerate(dict.fromkeys(memory for memory, _, _ in self._waiting))}
        return sorted(self._waiting, key=lambda waiting: (places[waiting[0]], waiting[2].length))

    def _learn(self, nodes: Sequence[tuple[LocalMemory, KnownNode]], output: Output) -> None:
        predictions = predictions_from_output(output)
        is_shared = len({memory for memory, _ in nodes}) > 1
        for index, ((memory, node), prediction) in enumerate(zip(nodes, predictions, strict=True)):
            self._predictions[memory, node.index] = prediction
            # What was said of a node once stays: a row brought back later differs in the last bits.
            if node.index not in memory.hidden:
                # Copies, for a view keeps the whole pass's tensor alive. Logits are large and soon forgotten: where
                # they are all one exploration's, nothing is gained by copying them.
                logits = output.logits[index]
                memory.learn(node, output.hidden[index].clone(), logits.clone() if is_shared else logits)
