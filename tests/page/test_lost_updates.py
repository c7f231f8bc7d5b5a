"""What the page does with deltas and answers that are lost, late or told twice, run by the Node.js of Playwright."""

import json
import random

import pytest

from components.tree.growth import Growth, Known
from eager_core import Exploration, Settings
from tests.page.test_tree_logic import in_node
from tests.scripted_engine import ScriptedEngine, hashed_logprobs

SETTINGS = Settings(theta=1.2, max_sequences=6, max_new_tokens=14)
EVENTS = list(Exploration(ScriptedEngine(hashed_logprobs(40)), "hello").run(SETTINGS))
BATCH = 3

HARNESS = """
const { store } = eager;
const asked = [];
const page = new eager.CatchingUp(store, (known) => asked.push(known));
const state = () => ({
  run: store.run, running: store.running, numNodes: store.numNodes, forks: store.forks, text: store.text,
  parent: store.parent, rule: store.rule, sequences: store.sequences, ledger: store.ledger,
  limbs: store.places.limbs, seq: store.seq,
});
"""


def in_page(script: str, *arguments: object):
    """As `in_node`, with what takes deltas in."""
    return in_node("\n".join([HARNESS, script]), *arguments)


def told(run: int = 1) -> tuple[Growth, list[dict]]:
    """Return a run's growth and the deltas that it told, one for every few events."""
    growth, deltas = Growth(run), []
    for start in range(0, len(EVENTS), BATCH):
        growth.take(EVENTS[start : start + BATCH])
        deltas.append(json.loads(growth.delta()))
    return growth, deltas


def everything(growth: Growth) -> dict:
    """Return the answer to a page that has nothing."""
    return json.loads(growth.catch_up(Known(growth.run, 1, 1, growth.drawing.number, 0)))


@pytest.mark.parametrize("seed", range(6))
def test_whatever_is_lost_or_told_twice_one_answer_makes_up_for_it(seed):
    growth, deltas = told()
    dice = random.Random(seed)
    # At least one is lost, and perhaps the first or the last; what comes may come twice, and once the run is over.
    lost = {dice.randrange(len(deltas)), *(number for number in range(len(deltas)) if dice.random() < 0.2)}
    come = [delta for number, delta in enumerate(deltas) if number not in lost for _ in range(dice.choice([1, 1, 2]))]
    script = """
        given[0].forEach((delta) => page.take(delta));
        const before = asked.length;
        page.look(Infinity);  // nothing came for a long time
        given[1].answers = page.request;
        page.take(given[1]);
        return { before, asked, state: state() };
    """
    whole = in_page("given[0].forEach((delta) => page.take(delta)); return { asked, state: state() };", deltas)
    assert whole["asked"] == []
    holed = in_page(script, come, everything(growth))
    assert holed["state"] == whole["state"]
    # Asked at once where a later one shows the loss, and only once, while the answer is on its way.
    shows_loss = lost - set(range(max(set(range(len(deltas))) - lost) + 1, len(deltas))) != set()
    assert holed["before"] == (1 if shows_loss else 0)
    assert len(holed["asked"]) <= 2


@pytest.mark.parametrize("kind", ["forks", "done", "ledger"])
def test_a_lost_delta_without_nodes_is_noticed(kind):
    growth = Growth(1)
    deltas, events = [], list(EVENTS)
    for event in events:  # one delta an event: some hold a fork, an ending or the end of the run alone
        growth.take([event])
        deltas.append(json.loads(growth.delta()))
    bare = [
        number
        for number, delta in enumerate(deltas[:-1])
        if not delta["s"] and number > 0 and (delta[kind] if kind != "ledger" else True)
    ]
    number = bare[0]
    script = "given[0].forEach((delta) => page.take(delta)); return asked;"
    (asked,) = in_page(script, [delta for other, delta in enumerate(deltas) if other != number])
    assert asked["run"] == 1 and asked["request"] == 1
    assert asked["known"] == 1 + sum(len(delta["s"]) for delta in deltas[:number])


def test_an_answer_that_is_overtaken_is_asked_for_again():
    growth, deltas = told()
    early = Growth(1, growth.drawing)
    script = """
        const [deltas, answer] = given;
        [deltas[0], deltas[2], deltas[3]].forEach((delta) => page.take(delta)); // asks; the answer was made at number 2
        answer.answers = page.request;
        page.take(answer);
        return { asked, seq: store.seq };
    """
    early.take(EVENTS[: 2 * BATCH])
    early.delta(), early.delta()
    seen = in_page(script, deltas, everything(early))
    assert (len(seen["asked"]), seen["seq"]) == (2, 2)


def test_a_late_answer_to_an_old_request_is_dropped_and_a_newer_runs_answer_is_taken():
    growth, deltas = told(run=5)
    newer, _ = told(run=6)
    script = """
        const [first, third, old, whole] = given;
        [first, third].forEach((delta) => page.take(delta));
        page.look(Infinity);
        old.answers = 1;
        page.take(old);
        const kept = store.seq;
        whole.answers = 2;
        page.take(whole);
        return { kept, run: store.run, asked: asked.length, numNodes: store.numNodes, running: store.running };
    """
    seen = in_page(script, deltas[0], deltas[2], everything(growth), everything(newer))
    assert seen == {"kept": 1, "run": 6, "asked": 2, "numNodes": growth.tree.num_nodes, "running": False}


def test_a_run_whose_first_delta_is_lost_is_asked_for_from_the_start():
    _, deltas = told(run=5)
    growth, later = told(run=6)
    script = """
        const [one, two, whole] = given;
        one.concat(two.slice(1)).forEach((delta) => page.take(delta));
        whole.answers = page.request;
        page.take(whole);
        return { asked, run: store.run, numNodes: store.numNodes, running: store.running };
    """
    seen = in_page(script, deltas, later, everything(growth))
    assert [asked["run"] for asked in seen["asked"]] == [5]
    assert (seen["run"], seen["numNodes"], seen["running"]) == (6, growth.tree.num_nodes, False)


def test_an_answer_about_the_last_run_does_not_end_the_present_one():
    growth, deltas = told(run=5)
    _, later = told(run=6)
    script = """
        const [first, third, next, answer] = given;
        [first, third].forEach((delta) => page.take(delta)); // asks
        page.take(next); // and before it is answered another run begins
        answer.answers = page.request;
        page.take(answer);
        return { asked: asked.length, run: store.run, running: store.running };
    """
    seen = in_page(script, deltas[0], deltas[2], later[0], everything(growth))
    assert seen == {"asked": 1, "run": 6, "running": True}


def test_a_run_that_the_server_knows_no_more_is_said_to_be_over():
    _, deltas = told(run=5)
    script = """
        given[0].forEach((delta) => page.take(delta));
        page.look(performance.now());
        const patient = asked.length;
        page.look(Infinity);
        given[1].answers = page.request;
        page.take(given[1]);
        return { patient, asked: asked.length, run: store.run, running: store.running, numNodes: store.numNodes };
    """
    nobody = json.loads(Growth(0).catch_up(Known(5, 9, 9, 1, 1)))
    seen = in_page(script, deltas[:3], nobody)
    assert (seen["patient"], seen["asked"], seen["run"], seen["running"]) == (0, 1, 5, False)
    assert seen["numNodes"] == 1 + sum(len(delta["s"]) for delta in deltas[:3])


@pytest.mark.parametrize(
    ("told_of", "late"),
    [
        ({"of": 5, "request": 2}, False),  # the newest request of the run on the page
        ({"of": 5, "request": 1}, True),  # something newer was asked for
        ({"of": 4, "request": 2}, True),  # of a run that is over
        ({"of": 6, "request": 1}, False),  # a newer run has begun since the request was made
        ({}, False),  # a tree's own page answers at once, and says neither
    ],
)
def test_what_is_told_late_is_known_by_what_it_answers(told_of, late):
    script = "store.run = 5; eager.requests.next(); eager.requests.next(); return eager.requests.isLate(given[0]);"
    assert in_page(script, told_of) is late
