// Steps from node to node, for the arrow keys.
(() => {
  "use strict";
  const eager = (window.eager = window.eager || {});

  // The node one step from `id`: its parent, its (first) child, or the nearest lane below or above at the same depth.
  eager.neighbour = (store, id, direction) => {
    if (direction === "parent") return id === 0 ? null : store.parent[id];
    if (direction === "child") return store.children[id][0] ?? null;
    const sign = direction === "below" ? 1 : -1;
    let nearest = null;
    for (const sequence of store.sequences) {
      const other = sequence.nodes[store.depth[id] - sequence.firstDepth];
      const distance = sign * (sequence.lane - store.lane(id));
      if (other === undefined || distance <= 0) continue;
      if (nearest === null || distance < nearest.distance) nearest = { id: other, distance };
    }
    return nearest && nearest.id;
  };
})();
