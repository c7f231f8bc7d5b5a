"""What Python and the page must agree on is written once, in Python: no script repeats it, every view is told it."""

import json
import re
from pathlib import Path
from typing import get_args

import pytest

from components.frame.strategy_names import STRATEGY_NAMES
from components.page_facts import PAGE_FACTS
from components.sequences.view import EntropyView, SequencesView
from components.tree.view import TreeView
from eager_core.events import FinishReason, Rule
from eager_core.settings import STRATEGIES, TOP_K
from eager_core.uncertainty import MEASURE_OF_NAME

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = sorted([*(ROOT / "assets/page").rglob("*.js"), *(ROOT / "assets/standalone").glob("*.js")])
PYTHON = sorted([ROOT / "app.py", *(ROOT / "components").rglob("*.py")])


def texts_of(value: object) -> list[str]:
    """Every text in a JSON value, those of one letter left out."""
    if isinstance(value, str):
        return [value] if len(value) > 1 else []
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else []
    return [text for part in inner for text in texts_of(part)]


COPIES = [
    *(re.escape(text) for name in ("ramps", "levels", "rules", "finish_words") for text in texts_of(PAGE_FACTS[name])),
    *(re.escape(sentence) for sentence in PAGE_FACTS["marks"].split(". ")),
    *(re.escape(name) for name in MEASURE_OF_NAME),
    *(re.escape(measure.title) for measure in MEASURE_OF_NAME.values() if " " in measure.title),
    *(re.escape(name) for name in STRATEGY_NAMES.values() if " " in name),
    rf"Math\.log\({TOP_K}\)|ln {TOP_K}\b|2\.99[56]",
    r"\\u2027|\u2027",
    # A rule by its letter, or letters in a row.
    r"rule\w*(\[[^\]]*\])?\s*[=!]==?\s*[\"'`]\w",
    r"[\"'`]\w+[\"'`]\.includes\([^)]*rule",
    r"RULES?\w*\s*=\s*[\"'`{\[]",
    # The controls' names, in a row.
    r"[\"']max_sequences[\"'],\s*[\"']temperature[\"']",
]  # fmt: skip


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.relative_to(ROOT / "assets").as_posix())
def test_a_script_repeats_nothing_that_python_tells(script):
    source = script.read_text(encoding="utf-8")
    # A word on its own may be anything: "stopped" is also what the page says of a run.
    found = [copy for copy in COPIES if (len(copy) > 7 or not copy.isalpha()) and re.search(copy, source)]
    assert found == []


NAMES = [*STRATEGY_NAMES.values(), *(measure.title for measure in MEASURE_OF_NAME.values())]


@pytest.mark.parametrize("text", [PAGE_FACTS["levels"], *(name for name in NAMES if " " in name)])
def test_python_writes_it_once_too(text):
    sources = [*PYTHON, *sorted((ROOT / "eager_core").rglob("*.py"))]
    literal = re.compile(rf"[\"']{re.escape(text)}[\"']")
    assert sum(len(literal.findall(file.read_text(encoding="utf-8"))) for file in sources) == 1


def test_all_rules_endings_and_strategies_have_words():
    assert len(PAGE_FACTS["rules"]) == len(get_args(Rule))
    assert set(PAGE_FACTS["finish_words"]) == set(get_args(FinishReason))
    assert set(STRATEGY_NAMES) == set(STRATEGIES)


def test_the_ticks_of_the_scale_are_whole_nats_and_its_end():
    assert [name for _, name in PAGE_FACTS["entropy_ticks"]] == ["0", "1", "2", "ln 20"]
    assert [place for place, _ in PAGE_FACTS["entropy_ticks"]] == pytest.approx([0, 1 / 2.995732, 2 / 2.995732, 1])


@pytest.mark.parametrize("view", [TreeView, EntropyView, SequencesView])
def test_every_view_is_told(view):
    part = view(PAGE_FACTS)
    assert json.loads(json.dumps(part.get_config()["props"]["facts"])) == json.loads(json.dumps(PAGE_FACTS))
    # Which tells what is mounted the facts among its `props`, before it mounts it.
    assert re.search(r"eager\.mount\(\"\w+\", element, props, trigger, watch\);$", part.get_config()["js_on_load"])
    start = (ROOT / "assets/page/start.js").read_text(encoding="utf-8")
    assert 0 < start.index("learn(props.facts)") < start.index("mounts[name](element")
