"""Pinning, swapping, clicks in A and links that hold a pinned run, called as Gradio calls them."""

import asyncio
import json
from dataclasses import astuple, replace
from types import SimpleNamespace
from urllib.parse import urlencode

import gradio as gr
import pytest

from components.comparing.handlers import ComparingHandlers
from components.comparing.linking import asked_in, query_of
from components.files.comparison import comparison_json
from components.files.opening import put_on_page, reopen
from components.frame.controls import Controls
from components.inspector.inspection import token_ids
from components.visitors.engines import Engines
from components.visitors.handlers import RunHandlers
from eager_core import ModelError
from eager_core.comparing import compare
from eager_core.traces import Trace, events_from_json, trace_from_json, trace_of, trace_to_json
from eager_core.tree import TokenTree
from tests.components.files.files_of import files_of
from tests.failing_engine import FailingEngine
from tests.scripted_engine import ScriptedEngine, hashed_logprobs

CONTROLS = Controls(theta=1.6, max_sequences=4, max_new_tokens=14)
ME = SimpleNamespace(session_hash="me", query_params={})
NONE = SimpleNamespace(pin=0)


class Visit:
    """One visitor on a page: what they do, and what the view is told."""

    def __init__(self, load=None) -> None:
        engines = Engines(load or (lambda name, precision: ScriptedEngine(hashed_logprobs(40))))
        self.runs = RunHandlers(engines)
        self.comparing = ComparingHandlers(engines, self.runs.visitors)
        self.session = self.runs.visitors.session("me")

    def run(self, prompt: str = "hello", **moved) -> TokenTree:
        gathered = self.runs.run(prompt, ME, *astuple(replace(CONTROLS, **moved)))
        asyncio.run(all_of(gathered))
        return self.session.tree

    def pin(self) -> dict:
        return json.loads(self.comparing.pin(NONE, ME)[0])

    def ask(self, has: int) -> dict:
        return json.loads(self.comparing.ask(SimpleNamespace(pin=has), ME))

    def swap(self) -> tuple:
        return self.comparing.swap(SimpleNamespace(pin=self.session.pinned.run), ME)

    def open_link(self, **query) -> list[tuple]:
        request = SimpleNamespace(session_hash="me", query_params=query)
        return asyncio.run(all_of(self.comparing.open_link(request)))


async def all_of(generator) -> list:
    return [update async for update in generator]


def unfolded(stretches: list[list[int]]) -> set[int]:
    return {node for first, number in stretches for node in range(first, first + number)}


def as_text(tree: TokenTree) -> str:
    return trace_to_json(trace_of(tree))


def link_of(prompt: str, controls: Controls) -> dict[str, str]:
    return {"prompt": prompt} | {name: str(getattr(controls, name)) for name in Controls.__dataclass_fields__}


@pytest.mark.parametrize(
    "moved",
    [{"theta": 1.0}, {"max_sequences": 2}, {"temperature": 1.4}, {"strategy": "greedy"}, {"seed": 3},
     {"measure": "varentropy"}, {"prompt": "another"}],
)  # fmt: skip
def test_whatever_is_moved_the_page_is_told_what_comparing_says(moved):
    visit = Visit()
    a = visit.run().snapshot()
    pin = visit.pin()
    b = visit.run(**moved)
    told = visit.ask(pin["pin"])
    compared = compare(a, b, _predictions(visit, a) if "seed" not in moved and "prompt" not in moved else None)
    assert told["pin"] == pin["pin"] and "pinned" not in told and not told["running"]
    assert told["compared"]["sentence"] == compared.sentence
    assert unfolded(told["compared"]["shared_a"]) == compared.alignment.shared_nodes_a
    assert unfolded(told["compared"]["shared_b"]) == compared.alignment.shared_nodes_b
    if compared.divergence is not None:
        assert told["compared"]["mark_a"] == compared.divergence.node_a
        assert told["compared"]["mark_b"] == compared.divergence.node_b
    stands_out = [part["text"] for part in told["compared"]["caption_b"] if part["differs"]]
    assert len(stands_out) == len(compared.settings)


def _predictions(visit: Visit, a: TokenTree):
    def prediction_of(node_id: int):
        known = visit.session.exploration.knowledge.root
        for step in a.path(node_id):
            known = known.children[step.token_id]
        return known.prediction

    return prediction_of


def test_the_table_counts_what_the_trees_hold():
    visit = Visit()
    a = visit.run().snapshot()
    visit.pin()
    b = visit.run(theta=0.8)
    rows = {name: cells for name, *cells in visit.ask(0)["compared"]["rows"]}
    assert rows["tokens generated"][:2] == [str(a.num_nodes - 1), str(b.num_nodes - 1)]
    assert rows["forks"][:2] == [str(len(a.forks)), str(len(b.forks))]
    assert rows["sequences"][:2] == [str(len(tree.sequences)) for tree in (a, b)]
    more = len(b.forks) - len(a.forks)
    assert rows["forks"][2] == (f"+{more}" if more > 0 else f"−{-more}" if more else "0")


def test_a_stays_as_it_was_whatever_comes():
    visit = Visit()
    a = as_text(visit.run())
    pin = visit.pin()["pin"]
    drawn = visit.ask(0)["pinned"]["delta"]
    for moved in ({"theta": 0.5}, {"temperature": 1.9}, {"seed": 4}, {"prompt": "another"}):
        visit.run(**moved)
    assert as_text(visit.session.pinned.growth.tree) == a
    told = visit.ask(0)
    assert told["pin"] == pin and told["pinned"]["delta"] == drawn
    # Its exploration is gone, which nobody could ask any more.
    assert visit.session.pinned.exploration is None


def test_what_two_runs_of_one_exploration_share_lies_in_the_same_lanes():
    visit = Visit()
    a = visit.run().snapshot()
    visit.pin()
    b = visit.run(theta=0.8)
    of_a, of_b = visit.session.pinned.growth, visit.session.growth
    assert of_a.drawing.number != of_b.drawing.number

    def lanes(growth):
        drawing = growth.drawing
        return [drawing.lanes_given[drawing.limb_of[place]] for place in growth._places]

    pairs = compare(a, b).alignment.pairs
    assert len(pairs) > 5
    assert all(lanes(of_a)[node_a] == lanes(of_b)[node_b] for node_a, node_b in pairs)


def test_a_run_under_way_is_pinned_as_far_as_it_has_come_and_marked_as_stopped_there():
    visit = Visit()
    visit.run()  # the model is there
    session = visit.session
    asked = replace(session.shown.asked, prompt="under way")
    events = session.walk(session.begin(asked), asked, visit.runs.engines.request())
    for _ in range(12):
        next(events)
    visit.pin()
    a = session.pinned.growth.tree
    some = a.num_nodes
    assert some > 3 and a.finished is None
    assert {sequence.finish_reason for sequence in a.sequences} <= {"stopped", "eos"}
    assert None in {sequence.finish_reason for sequence in session.tree.sequences}  # B is not touched
    list(events)
    assert a.num_nodes == some < session.tree.num_nodes
    assert "was stopped there" in visit.ask(0)["compared"]["sentence"]
    rows = {name: cells for name, *cells in visit.ask(0)["compared"]["rows"]}
    assert rows["passes made"][0] == "–"  # nobody has counted them


def test_there_must_be_a_tree_to_pin():
    visit = Visit()
    view, problem = visit.comparing.pin(NONE, ME)
    assert not isinstance(view, str) and "There is no tree to pin yet" in problem
    assert visit.session.pinned is None


def test_swap_puts_a_back_as_it_was_asks_nothing_and_pins_what_was_there():
    visit = Visit()
    a = as_text(visit.run(seed=2))
    visit.pin()
    b = as_text(visit.run(prompt="another", theta=0.9))
    passes = visit.session.exploration.knowledge.num_forward_passes
    view, delta, problem, inspector, prompt, *controls = visit.swap()
    assert as_text(visit.session.tree) == a and as_text(visit.session.pinned.growth.tree) == b
    assert (prompt, problem, Controls(*controls)) == ("hello", "", replace(CONTROLS, seed=2))
    assert visit.session.exploration.knowledge.num_forward_passes == passes
    assert json.loads(view)["pinned"]["delta"]["start"]["prompt"] == "another"
    assert json.loads(delta)["run"] == visit.session.shown.run and json.loads(inspector)["id"] == 0
    visit.swap()
    assert as_text(visit.session.tree) == b and as_text(visit.session.pinned.growth.tree) == a


def test_swapped_back_in_its_own_exploration_a_can_be_asked_and_grown_again():
    visit = Visit()
    visit.run()
    visit.pin()
    visit.run(theta=0.9)
    visit.swap()
    shown = visit.session.shown
    assert shown.exploration is visit.session.exploration is visit.session.pinned.exploration
    told = json.loads(visit.runs.inspect(SimpleNamespace(run=shown.run, id=3, request=1), ME))
    assert told["figure"] and told["can_grow"]


def test_unpinned_it_is_gone_and_so_it_is_when_the_page_is_closed():
    visit = Visit()
    visit.run()
    visit.pin()
    assert json.loads(visit.comparing.unpin(ME)) == {"pin": None}
    assert visit.session.pinned is None
    visit.pin()
    visit.runs.leave(ME)
    assert visit.session.pinned is None


def test_a_node_of_a_is_told_in_full_while_its_exploration_is_open_and_else_what_the_tree_tells():
    visit = Visit()
    visit.run()
    pin = visit.pin()["pin"]
    visit.run(theta=0.9)
    click = SimpleNamespace(id=4, pin=pin, request=7)
    told = json.loads(visit.comparing.inspect(click, ME))
    assert told["figure"] and not told["can_grow"]
    assert all(choice["node"] is None for choice in told["choices"])
    assert told["run"] == -pin and told["request"] == 7
    assert ["tree", "A, pinned as it was"] in told["facts"]
    visit.run(prompt="another")
    told = json.loads(visit.comparing.inspect(click, ME))
    assert told["figure"] is None and "swap A and B" in told["note"] and told["why"]
    for wrong in ({"pin": pin - 1}, {"id": 10**6}, {"id": -1}):
        assert not isinstance(visit.comparing.inspect(SimpleNamespace(**(vars(click) | wrong)), ME), str)


def test_a_click_in_a_is_not_followed_into_the_next_run_of_b():
    visit = Visit()
    visit.run()
    pin = visit.pin()["pin"]
    visit.session.look_at(1, (1,))
    visit.comparing.inspect(SimpleNamespace(id=4, pin=pin, request=2), ME)
    assert visit.session.inspected.path is None


def test_a_trace_of_another_model_can_be_b_and_can_be_pinned():
    other = Visit(lambda name, precision: OtherModel(hashed_logprobs(25)))
    trace = as_text(other.run(theta=0.7))
    visit = Visit()
    visit.run()
    pin = visit.pin()["pin"]
    events = events_from_json(trace)
    put_on_page(visit.session, Trace(events, None), reopen(events[0], Controls(), visit.runs.engines))
    told = visit.ask(pin)["compared"]
    assert {"text": "other", "differs": True} in told["caption_b"]
    assert told["sentence"] == compare(visit.session.pinned.growth.tree, trace_from_json(trace)).sentence
    visit.pin()
    assert as_text(visit.session.pinned.growth.tree) == trace


class OtherModel(ScriptedEngine):
    model_name = "elsewhere/other"


def test_what_stands_in_the_link_asks_for_the_same_run_again():
    visit = Visit()
    moved = {"theta": 1.25, "seed": 5, "dynamic_threshold": False, "strategy": "reference"}
    visit.run(prompt="50 % & more = a?b#c", **moved)
    shown = visit.session.shown
    query = query_of(shown.growth.tree.started, shown.asked)
    assert asked_in(query) == ("50 % & more = a?b#c", replace(CONTROLS, **moved))
    assert "percentile" not in query  # which is default


def test_a_link_grows_a_pins_it_and_then_grows_b():
    visit = Visit()
    b = replace(CONTROLS, theta=0.9, seed=1)
    a = urlencode({"prompt": "first", "theta": 1.4, "max_new_tokens": 12, "max_sequences": 3})
    updates = visit.open_link(a=a, **link_of("second", b))
    assert visit.session.tree.started.prompt == "second" and visit.session.tree.started.settings.theta == 0.9
    pinned = visit.session.pinned
    assert pinned.growth.tree.started.prompt == "first" and pinned.growth.tree.finished is not None
    prompts = [json.loads(update[1])["start"]["prompt"] for update in updates if is_start(update[1])]
    assert prompts == ["first", "second"]
    (at,) = [number for number, update in enumerate(updates) if isinstance(update[0], str)]
    begins = [number for number, update in enumerate(updates) if is_start(update[1])]
    assert begins[0] < at < begins[1]
    assert json.loads(updates[at][0])["pin"] == pinned.run
    assert any(isinstance(update[4], str) and "scripted" in update[4] for update in updates)


def is_start(delta: object) -> bool:
    return isinstance(delta, str) and "start" in json.loads(delta)


def test_a_link_without_a_pinned_run_runs_nothing():
    visit = Visit()
    assert visit.open_link(**link_of("second", CONTROLS)) == [(gr.skip(),) * 5]
    assert visit.session.tree.started is None


@pytest.mark.parametrize(
    ("a", "b", "sentence"),
    [
        ("prompt=first&theta=-1", {"prompt": "second"}, "threshold is -1.0"),
        ("theta=1", {"prompt": "second"}, "A, the pinned run of the link has no prompt."),
        ("prompt=first", {}, "The run of the link has no prompt."),
        ("%00;&&==", {"prompt": "second"}, "has no prompt"),
    ],
)
def test_a_bad_link_is_one_sentence_and_runs_nothing(a, b, sentence):
    visit = Visit()
    (update,) = visit.open_link(a=a, **b)
    assert sentence in update[2] and visit.session.tree.started is None and visit.session.pinned is None


def test_a_link_ends_where_its_visitor_asks_for_something_else():
    visit = Visit()

    async def both() -> None:
        request = SimpleNamespace(session_hash="me", query_params={"a": "prompt=first", "prompt": "second"})
        async for _ in visit.comparing.open_link(request):
            if visit.session.tree.started is not None:
                break
        visit.session.begin(visit.session.newest)  # as Run does

    asyncio.run(both())
    assert visit.session.pinned is None


def test_a_link_whose_model_fails_says_so_and_pins_nothing():
    visit = Visit(lambda name, precision: FailingEngine(ModelError("The model failed.")))
    updates = visit.open_link(a="prompt=first&max_new_tokens=30", prompt="second")
    problems = [update[2] for update in updates if isinstance(update[2], str) and update[2]]
    assert len(problems) == 1 and visit.session.pinned is None
    assert visit.session.tree.started.prompt == "first"


def test_the_comparison_is_saved_with_both_trees():
    visit = Visit()
    a = as_text(visit.run())
    files = files_of(visit.runs)
    download, problem = files.save_comparison(ME)
    assert not isinstance(download, str) and "pin a tree as A first" in problem
    visit.pin()
    b = as_text(visit.run(theta=0.9))
    saved = json.loads(json.loads(files.save_comparison(ME)[0])["text"])
    assert saved["a"] == json.loads(a) and saved["b"] == json.loads(b)
    again = compare(trace_from_json(a), trace_from_json(b))
    assert saved["comparison"]["difference"]["num_forks"] == again.difference.num_forks
    assert saved["comparison"]["settings"] == {"theta": [1.6, 0.9]}
    assert saved["comparison"]["shared_nodes"] == sorted(map(list, again.alignment.pairs))
    assert saved["comparison"]["sentence"] == again.sentence
    assert comparison_json(visit.session.pinned, visit.session.tree.snapshot())


def test_what_is_known_of_answers_stays_with_a_pinned_tree_and_comes_back_with_a_swap():
    visit = Visit()
    visit.run()
    session = visit.session
    tree, asked = session.growth.snapshot(), session.shown.asked
    judged = {sequence.leaf: sequence.id % 2 == 0 for sequence in tree.sequences}
    is_right = {token_ids(tree, leaf): right for leaf, right in judged.items()}
    session.show(events_from_json(as_text(tree)), asked, is_right=is_right)
    visit.pin()
    assert session.pinned.growth.judged == judged
    visit.run(theta=0.9)
    visit.swap()
    assert session.growth.judged == judged and session.pinned.growth.judged == {}
