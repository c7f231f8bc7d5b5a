// Starts a saved tree's own page: the same views as on the live page, fed from the JSON that the file holds.
(() => {
  "use strict";
  const eager = window.eager;
  const { delta, told, facts } = JSON.parse(document.getElementById("eager-data").textContent);
  eager.learn(facts);
  const root = (id) => document.querySelector(`#${id} .eager-root`);
  const inspector = { value: "" };
  let inspect = () => {};

  // The text before a token, from the store; the file does not repeat it for each node.
  function context(id) {
    const texts = eager.store.path(id).slice(1, -1).map((node) => eager.store.prose(node));
    return eager.graphemes.clipStart(texts.join(""), eager.facts.longest_context);
  }

  eager.mountInspector(root("inspector"), inspector, () => {}, (_, changed) => (inspect = changed));
  const trigger = (event, { id }) => {
    if (event !== "node_click") return;
    inspector.value = JSON.stringify({ ...told[id], context: context(id) });
    inspect();
  };
  eager.mountTree(root("token-tree"), { value: "" }, trigger, () => {});
  eager.mountLedger(root("ledger"));
  eager.mountTime(root("time"));
  eager.mountEntropy(root("entropy"));
  eager.mountSequences(root("sequences"));
  eager.mountKeys(root("keys"));
  eager.store.apply(delta);
})();
