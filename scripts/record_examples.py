"""Records the trees that the page's examples open with: `python -m scripts.record_examples`, or `make examples`.

In float32, so that every machine records the same tokens, at the settings that the page has at first.
"""

import json
from pathlib import Path
from typing import Any

import app
from components.frame.controls import Controls
from eager_core import Exploration, load_engine
from eager_core.engine import Engine
from eager_core.recording import record
from eager_core.traces import trace_of


def recorded_example(engine: Engine, prompt: str) -> dict[str, Any]:
    """Return the trace of an example, run as the page would run it."""
    controls = Controls()
    with Exploration(engine, prompt, controls.seed, controls.checked_date()) as exploration:
        for _ in exploration.run(controls.settings()):
            pass
        return trace_of(exploration.tree, record(exploration.tree, exploration))


def file_of(name: str) -> Path:
    """Return the file of the example of that name."""
    return app.BUNDLED / f"{name.replace(' ', '-')}.json"


def main() -> None:
    engine = load_engine(precision="float32")
    app.BUNDLED.mkdir(exist_ok=True)
    for name, prompt in app.EXAMPLES.items():
        trace = recorded_example(engine, prompt)
        text = json.dumps(trace, ensure_ascii=False, allow_nan=False, separators=(",", ":")) + "\n"
        file_of(name).write_text(text, encoding="utf-8")
        print(f"{name}: {len(trace['nodes'])} nodes, {len(text.encode()):,} bytes")


if __name__ == "__main__":
    main()
