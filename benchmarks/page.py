"""What the page costs while a tree grows to 10,000 tokens in 32 lanes, in a real browser on a scripted model.

    make bench-page

For each view: bytes an update, the server's CPU without the model's, the browser's main thread, frames, the longest
block, and how long a click takes to Python. The page, Gradio and the browser are what a reader has; the model is not.
"""

import argparse
import shutil
import statistics
import time
from typing import Any

import gradio as gr
from playwright.sync_api import CDPSession, Page, sync_playwright

import app
from benchmarks.table import host, print_figures
from components.visitors.engines import Engines
from components.visitors.handlers import RunHandlers
from eager_core.known_node import KnownNode
from eager_core.prediction import Prediction
from tests.browser.conftest import CHROMIUM_FLAGS
from tests.browser.scripted_page import WORDS, SlowEngine, SlowMemory

_TREE = "document.getElementById('token-tree').tokenTree"
_WATCH = """() => {
  const seen = (window.seen = { frames: 0, blocks: [], bytes: [], clicked: [] });
  const count = () => { seen.frames++; requestAnimationFrame(count); };
  requestAnimationFrame(count);
  new PerformanceObserver((list) => seen.blocks.push(...list.getEntries().map((entry) => entry.duration))).observe({ type: "longtask" });
  const store = document.getElementById("token-tree").tokenTree.store;
  const apply = store.apply.bind(store);
  store.apply = (delta) => { seen.bytes.push(new Blob([JSON.stringify(delta)]).size); apply(delta); };
  window.addEventListener("pointerup", () => seen.clicked.push(Date.now()), true);
}"""  # noqa: E501 - JavaScript
_NEAR = f"(view => {{ view.camera.follows = null; view.camera.x = [-1, 12]; view.camera.y = [3.5, -0.8]; view.draw(); }})({_TREE}.view)"  # noqa: E501
_VIEWS = (
    ("far", f"{_TREE}.view.follow('fit')", "5"),
    ("near", _NEAR, "1"),
    ("newest", f"{_TREE}.view.follow('newest')", f"{_TREE}.numNodes - 1"),
)
"""Name, what shows it, and a node that is in it."""
_CLICK_EVERY_S = 2.0
_LONGEST_RUN_S = 400


class MeasuredEngine(SlowEngine):
    """Counts the CPU seconds of its own work, which are no part of the server's."""

    def __init__(self, delay_s: float) -> None:
        super().__init__(WORDS, delay_s)
        self.eos_token_ids = frozenset()  # every sequence grows to its end
        self.cpu_s = 0.0

    def open(self, prompt_ids: list[int]) -> "MeasuredMemory":
        return MeasuredMemory(self)


class MeasuredMemory(SlowMemory):
    def predict(self, nodes: list[KnownNode]) -> list[Prediction]:
        began = time.thread_time()
        predictions = super().predict(nodes)
        self.engine.cpu_s += time.thread_time() - began
        return predictions


class ClockedHandlers(RunHandlers):
    """Notes when each click arrived."""

    arrivals: list[float]

    def inspect(self, click: gr.EventData, request: gr.Request) -> Any:
        self.arrivals.append(time.time())
        return super().inspect(click, request)


def main() -> None:
    """Grow one tree in each view, and print what that cost."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tokens", type=int, default=10_000)
    parser.add_argument("--max-sequences", type=int, default=32)
    parser.add_argument("--tokens-per-second", type=float, default=320)
    options = parser.parse_args()
    delay_s = options.max_sequences / options.tokens_per_second
    engine = MeasuredEngine(delay_s)
    ClockedHandlers.arrivals = []
    app.RunHandlers = ClockedHandlers
    page_app = app.build_page(Engines(lambda name, precision: engine))
    _, url, _ = page_app.launch(prevent_thread_lock=True, quiet=True)
    rows = []
    with sync_playwright() as playwright:
        path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))))
        browser = playwright.chromium.launch(executable_path=path, args=list(CHROMIUM_FLAGS))
        for view, look, clicked in _VIEWS:
            page = browser.new_page(viewport={"width": 1440, "height": 1000})
            # Another seed for each view: a tree that is known would be there at once.
            longest = options.tokens // options.max_sequences + 8
            page.goto(
                f"{url}?theta=1.2&max_sequences={options.max_sequences}&max_new_tokens={longest}&seed={len(rows)}"
            )
            page.wait_for_function("document.getElementById('token-tree')?.tokenTree !== undefined")
            rows.append({"view": view} | measure(page, engine, look, clicked))
            print(rows[-1], flush=True)
            page.close()
        browser.close()
    print_figures("page", rows, host())
    page_app.close()


def measure(page: Page, engine: MeasuredEngine, look: str, clicked: str) -> dict[str, Any]:
    """Return the figures of one run in one view; `clicked` is a node that is in it, in JavaScript."""
    page.wait_for_timeout(1500)  # Gradio fills the controls from the address
    page.evaluate(_WATCH)
    devtools = page.context.new_cdp_session(page)
    devtools.send("Performance.enable", {"timeDomain": "threadTicks"})
    ClockedHandlers.arrivals.clear()
    before = _seconds(devtools)
    server_before, model_before, began = time.process_time(), engine.cpu_s, time.perf_counter()
    page.click("#run")
    page.wait_for_function(f"{_TREE}.numNodes > 40")
    page.evaluate(look)
    while page.evaluate(f"{_TREE}.running") and time.perf_counter() - began < _LONGEST_RUN_S:
        page.wait_for_timeout(1000 * _CLICK_EVERY_S)
        at = page.evaluate(f"{_TREE}.pixelOf({clicked})")
        page.mouse.click(at["x"], at["y"])
    seconds = time.perf_counter() - began
    seen = page.evaluate("window.seen")
    num_updates = len(seen["bytes"])
    server_s = time.process_time() - server_before - (engine.cpu_s - model_before)
    waits = _waits(seen["clicked"], ClockedHandlers.arrivals)
    return {
        "tokens": page.evaluate(f"{_TREE}.numNodes"),
        "lanes": page.evaluate(f"{_TREE}.store.sequences.length"),
        "updates/s": num_updates / seconds,
        "bytes an update": statistics.median(seen["bytes"]),
        "server ms": 1e3 * server_s / num_updates,
        "main thread ms": 1e3 * (_seconds(devtools) - before) / num_updates,
        "draw ms": statistics.median(page.evaluate(f"{_TREE}.frameTimes")),
        "frames/s": seen["frames"] / seconds,
        "longest block ms": max(seen["blocks"], default=0.0),
        "click ms": statistics.median(waits) if waits else float("nan"),
    }


def _seconds(devtools: CDPSession) -> float:
    """CPU seconds that the page's main thread has worked so far."""
    metrics = devtools.send("Performance.getMetrics")["metrics"]
    return next(metric["value"] for metric in metrics if metric["name"] == "TaskDuration")


def _waits(clicked_ms: list[float], arrivals_s: list[float]) -> list[float]:
    """Milliseconds from each click to its arrival in Python: that of the first arrival after it, within a second."""
    waits = []
    for clicked in clicked_ms:
        after = [1e3 * arrival - clicked for arrival in arrivals_s if 0 <= 1e3 * arrival - clicked < 1000]
        waits += after[:1]
    return waits


if __name__ == "__main__":
    main()
