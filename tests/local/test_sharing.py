"""Visitors share passes, and each gets the tree it would have had alone."""

import threading
import time
import weakref

import pytest
from transformers import LlamaConfig

from eager_core import Exploration, Settings
from eager_core.local.sharing import SharedPasses
from tests.local.test_parity import SIZES
from tests.local.tiny_engine import engine_for, random_model

VISITS = [
    ("5 17 3", 0, Settings(theta=2.0, max_sequences=5, max_new_tokens=20)),
    ("5 17 3", 1, Settings(theta=2.5, max_sequences=3, max_new_tokens=25, temperature=1.0)),
    ("9 9 1 4 4", 0, Settings(theta=1.0, max_sequences=8, max_new_tokens=15)),
    ("77", 4, Settings(theta=4.0, max_new_tokens=30, temperature=0)),
    ("3 1 4 1 5 9 2 6 5 3 5", 2, Settings(theta=0.0, max_sequences=6, max_new_tokens=12)),
]


def comparable(exploration):
    tree = exploration.tree
    return [(node.parent, node.token_id) for node in tree.nodes()], tree.sequences


@pytest.mark.parametrize("num_blocks", [400, 14])
def test_trees_are_those_of_visitors_alone(num_blocks):
    model = random_model(LlamaConfig(**SIZES))
    alone = []
    for prompt, seed, run_settings in VISITS:
        exploration = Exploration(engine_for(model), prompt, seed)
        list(exploration.run(run_settings))
        alone.append(comparable(exploration))
    engine = engine_for(model, num_blocks)
    together = [Exploration(engine, prompt, seed) for prompt, seed, _ in VISITS]
    threads = [
        threading.Thread(target=lambda e=exploration, s=visit[2]: list(e.run(s)))
        for exploration, visit in zip(together, VISITS, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [comparable(exploration) for exploration in together] == alone


class Passes:
    """A pass that takes a while and remembers who rode in it."""

    def __init__(self, seconds=0.05):
        self.seconds = seconds
        self.riders = []
        self.before_first = lambda: None

    def __call__(self, requests):
        if not self.riders:
            self.before_first()
        self.riders.append(sorted(rider for rider, _ in requests))
        time.sleep(self.seconds)
        for _, work in requests:
            if work == "fail":
                raise ValueError(work)
        return [(rider, work) for rider, work in requests]


def visit(shared, rider, num_steps, think_s, results=None):
    for step in range(num_steps):
        result = shared.ride(rider, step)
        assert result == (rider, step)
        time.sleep(think_s)
    shared.leave(rider)


def start(*targets):
    threads = [threading.Thread(target=target[0], args=target[1:], daemon=True) for target in targets]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
        assert not thread.is_alive()


def test_quick_visitors_ride_together():
    passes = Passes(0.01)
    # Waits so long that even on a busy machine all are back in time.
    shared = SharedPasses(passes, share_of_pass=1e6, longest_wait_s=10)

    def all_have_come():
        with shared._changed:
            shared._changed.wait_for(lambda: len(shared._waiting) + 1 == 4)

    passes.before_first = all_have_come  # else one could be through before the next has begun, where all start slowly
    start(*[(visit, shared, rider, 10, 0.001) for rider in range(4)])
    # Alone they would need 40 passes; only the first ones are shared by fewer.
    assert len(passes.riders) <= 13
    assert sum(len(riders) for riders in passes.riders) == 40


def test_a_slow_reader_is_not_waited_for():
    passes = Passes(0.01)
    shared = SharedPasses(passes, longest_wait_s=0)
    start((visit, shared, "quick", 20, 0.0), (visit, shared, "slow", 3, 0.4))
    assert sum(riders == ["quick"] for riders in passes.riders) >= 17
    assert len(passes.riders) >= 20


def test_one_failure_is_not_the_others():
    shared = SharedPasses(Passes(0.01))
    outcomes = {}

    def ride(rider, work):
        try:
            outcomes[rider] = shared.ride(rider, work)
        except ValueError as error:
            outcomes[rider] = str(error)

    start((ride, "a", 1), (ride, "b", "fail"), (ride, "c", 2))
    assert outcomes == {"a": ("a", 1), "b": "fail", "c": ("c", 2)}


def test_a_rider_who_is_gone_is_forgotten():
    class Rider:
        pass

    shared = SharedPasses(lambda requests: [None] * len(requests))
    gone = []
    for _ in range(20):
        rider = Rider()
        gone.append(weakref.ref(rider))
        for _ in range(2):
            shared.ride(rider, None)
        del rider
    shared.ride("who stays", None)
    assert [alive for rider in gone if (alive := rider())] == []
    assert len(shared._think_s) == 0 and len(shared._served_at) == 1


def test_a_stopped_run_frees_its_place_and_the_others_go_on():
    model = random_model(LlamaConfig(**SIZES))
    engine = engine_for(model)
    stop = threading.Event()
    stopped, goes_on = Exploration(engine, "5 17 3"), Exploration(engine, "9 9 1")

    def run_until_stopped():
        for number, _ in enumerate(stopped.run(Settings(theta=9.0, max_new_tokens=400), should_stop=stop.is_set)):
            if number == 10:
                stop.set()
        stopped.close()

    start((run_until_stopped,), (lambda: list(goes_on.run(Settings(theta=9.0, max_new_tokens=60))),))
    assert stopped.tree.num_nodes < 20
    assert goes_on.tree.num_nodes == 61


def test_a_driver_that_is_interrupted_leaves_the_others_requests_to_the_next():
    served = []

    def serve(requests):
        served.append([rider for rider, _ in requests])
        if served[-1][0] == "driver":
            raise KeyboardInterrupt
        return [work for _, work in requests]

    shared = SharedPasses(serve, share_of_pass=0, longest_wait_s=0)
    results = []
    follower = threading.Thread(target=lambda: results.append(shared.ride("follower", 5)))

    def company():
        # The driver waits for company here: let the follower's request in, so that both are in one pass.
        shared._changed.release()
        follower.start()
        try:
            while True:
                with shared._changed:
                    if len(shared._waiting) == 2:
                        break
        finally:
            shared._changed.acquire()

    shared._wait_for_company = lambda: company() if not served else None
    with pytest.raises(KeyboardInterrupt):
        shared.ride("driver", 1)
    follower.join(60)
    assert served == [["driver", "follower"], ["follower"]] and results == [5]


def look_ahead(shared, rider, offer, patience_s=20.0):
    return shared.ride_along(rider, offer, patience_s)


def test_who_looks_ahead_rides_along_one_in_a_pass_and_is_never_waited_for():
    passes = Passes(0.01)
    # Never quiet: nobody who looks ahead gets a pass of its own.
    shared = SharedPasses(passes, quiet_s=1e6)
    shared.ride("visitor", 0)
    answers, offered = {}, []

    def ahead(rider):
        answers[rider] = look_ahead(shared, rider, lambda is_alone: offered.append(is_alone) or "some")

    def visitor():
        while len(answers) < 3:
            shared.ride("visitor", 0)

    start((visitor,), (ahead, "x"), (ahead, "y"), (ahead, "z"))
    assert answers == {rider: ("some", (rider, "some")) for rider in "xyz"}
    assert not any(offered)
    # Each in a pass that somebody waits for, and no two of them in one.
    assert all("visitor" in riders and len(riders) <= 2 for riders in passes.riders)
    assert sorted(rider for riders in passes.riders for rider in riders if rider != "visitor") == ["x", "y", "z"]
    # Nobody waits for their coming back.
    assert set(shared._served_at) == {"visitor"}


def test_once_it_is_quiet_who_looks_ahead_has_passes_of_its_own_one_after_another():
    passes = Passes(0.001)
    shared = SharedPasses(passes, quiet_s=0.01)
    shared.ride("visitor", 0)
    offered = []

    def ahead(rider):
        for _ in range(5):
            assert look_ahead(shared, rider, lambda is_alone: offered.append(is_alone) or 1) == (1, (rider, 1))

    start((ahead, "x"), (ahead, "y"))
    assert passes.riders[0] == ["visitor"]
    assert sorted(passes.riders[1:]) == [["x"]] * 5 + [["y"]] * 5
    assert all(offered)


def test_who_finds_no_place_in_time_has_none_and_nothing_is_left_of_it():
    passes = Passes(0.001)
    shared = SharedPasses(passes, quiet_s=1e6)
    shared.ride("visitor", 0)
    assert look_ahead(shared, "x", lambda is_alone: 1, patience_s=0.02) is None
    assert shared._spare == []
    shared.ride("visitor", 0)
    assert passes.riders == [["visitor"], ["visitor"]]


def test_who_has_nothing_that_fits_lets_the_next_one_go_first():
    passes = Passes(0.01)
    shared = SharedPasses(passes, quiet_s=1e6)
    shared.ride("visitor", 0)
    served = []

    def large():
        served.append(look_ahead(shared, "large", lambda is_alone: "all" if is_alone else None, patience_s=0.5))

    def small():
        served.append(look_ahead(shared, "small", lambda is_alone: "few"))

    def visitor():
        while len(served) < 2:
            shared.ride("visitor", 0)

    start((large,), (visitor,), (small,))
    assert sorted(served, key=str) == [("few", ("small", "few")), None]


def test_alone_who_has_nothing_to_offer_is_done_at_once():
    shared = SharedPasses(Passes(0.001), quiet_s=0)
    assert look_ahead(shared, "x", lambda is_alone: None) is None
    assert shared.ride("visitor", 0) == ("visitor", 0)


def test_a_failure_of_who_looks_ahead_is_its_own():
    shared = SharedPasses(Passes(0.01), quiet_s=1e6)
    shared.ride("visitor", 0)
    outcomes = {}

    def ahead():
        try:
            look_ahead(shared, "x", lambda is_alone: "fail")
        except ValueError as error:
            outcomes["x"] = str(error)

    def visitor():
        while "x" not in outcomes:
            assert shared.ride("visitor", 0) == ("visitor", 0)

    start((visitor,), (ahead,))
    assert outcomes == {"x": "fail"}


def test_who_leaves_while_it_looks_ahead_is_woken():
    shared = SharedPasses(Passes(0.01), quiet_s=1e6)
    shared.ride("visitor", 0)
    answers = []
    thread = threading.Thread(target=lambda: answers.append(look_ahead(shared, "x", lambda is_alone: 1, 1e4)))
    thread.start()
    while not shared._spare:
        thread.join(0.001)
    shared.leave("x")
    thread.join(20)
    assert answers == [None]


def test_who_leaves_after_its_pass_was_interrupted_gets_nothing():
    rode = []

    def serve(requests):
        rode.append([rider for rider, _ in requests])
        if len(requests) > 1:
            raise KeyboardInterrupt
        return [work for _, work in requests]

    shared = SharedPasses(serve, quiet_s=1e6)
    shared.ride("visitor", 0)  # so that it is not quiet, and nobody who looks ahead drives
    answers = []
    thread = threading.Thread(target=lambda: answers.append(look_ahead(shared, "x", lambda is_alone: 1, 1e4)))
    thread.start()
    while not shared._spare:
        thread.join(0.001)
    with pytest.raises(KeyboardInterrupt):
        shared.ride("visitor", 0)
    assert rode[-1] == ["visitor", "x"] and [request.work for request in shared._spare] == [1]
    shared.leave("x")
    thread.join(60)
    assert answers == [None]


def test_who_asks_while_another_looks_ahead_waits_for_that_pass_alone():
    began, go_on = threading.Event(), threading.Event()
    riders = []

    def serve(requests):
        riders.append([rider for rider, _ in requests])
        if riders[-1] == ["x"]:
            began.set()
            assert go_on.wait(20)
        return [work for _, work in requests]

    shared = SharedPasses(serve, quiet_s=0)

    def ahead():
        for number in range(3):
            look_ahead(shared, "x", lambda is_alone, number=number: number)

    def visitor():
        assert began.wait(20)
        asking = threading.Thread(target=shared.ride, args=("visitor", 0))
        asking.start()
        while not shared._waiting:
            asking.join(0.001)
        go_on.set()
        asking.join(20)

    start((ahead,), (visitor,))
    assert riders[0] == ["x"] and "visitor" in riders[1]
