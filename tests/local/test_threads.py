"""One thread for torch, and as many processors as it gets without waiting."""

import itertools
import threading

import pytest
import torch
from transformers import LlamaConfig

from eager_core import Exploration, Settings
from eager_core.local.attention import fused_part
from eager_core.local.forward import ForwardPass
from eager_core.local.moments import Moments
from eager_core.local.packing import PackedLinear
from eager_core.local.threads import ProcessorShare, TorchThread, run_in_passing_thread
from tests.local.test_parity import SIZES
from tests.local.tiny_engine import engine_for, random_model


def passes(share: ProcessorShare, num_passes: int, num_free: int) -> list[int]:
    """Note passes of 50 ms on a machine with `num_free` processors to spare; return how many each asked for."""
    asked = []
    for _ in range(num_passes):
        asked.append(share.num_threads)
        share.note(0.05, 0.05 * min(share.num_threads, num_free))
    return asked


def test_a_calm_machine_is_used_whole():
    assert set(passes(ProcessorShare(4), 1000, num_free=4)) == {4}


def test_a_busy_machine_is_tried_ever_more_rarely_and_used_whole_again_when_calm():
    share = ProcessorShare(2)
    asked = passes(share, 2000, num_free=1)
    tries = [index for index, number in enumerate(asked) if number == 2]
    waits = [after - before for before, after in itertools.pairwise(tries)]
    assert tries[0] == 0 and waits == sorted(waits) and waits[-1] > 8 * waits[0]
    assert asked.count(2) < 10
    assert passes(share, 1000, num_free=2)[-400:] == [2] * 400
    # After a calm time, a short disturbance is not held against the machine.
    passes(share, 2, num_free=1)
    assert passes(share, 40, num_free=2)[-1] == 2


def test_it_goes_down_one_by_one_and_never_below_one():
    share = ProcessorShare(4)
    assert passes(share, 5, num_free=2) == [4, 3, 2, 2, 2]
    assert min(passes(share, 50, num_free=1)) == 1
    share.note(0.05, 0.0)
    assert share.num_threads == 1


def test_passes_too_short_to_tell_are_ignored():
    share = ProcessorShare(2)
    share.note(0.001, 0.0001)
    assert share.num_threads == 2


def test_every_pass_and_every_redraw_runs_in_the_engines_own_thread(monkeypatch):
    threads = set()
    for name in ("decode", "extend", "head"):
        plain = getattr(ForwardPass, name)

        def noted(self, *args, plain=plain):
            threads.add(threading.current_thread())
            return plain(self, *args)

        monkeypatch.setattr(ForwardPass, name, noted)
    exploration = Exploration(engine_for(random_model(LlamaConfig(**SIZES))), "5 17 3")
    for temperature in (1.0, 1.7):
        settings = Settings(theta=2.5, temperature=temperature, top_p=1.0, max_sequences=4, max_new_tokens=8)
        list(exploration.run(settings))
    exploration.close()
    assert len(threads) == 1 and threading.current_thread() not in threads


def test_errors_come_through_and_the_thread_goes_on():
    torch_thread = TorchThread(torch.device("cpu"))
    for run in (torch_thread.run, torch_thread.run_pass, run_in_passing_thread):
        with pytest.raises(ZeroDivisionError):
            run(lambda: 1 / 0)
        assert run(divmod, 7, 2) == (3, 1)


def test_the_passing_thread_is_gone_afterwards():
    thread = run_in_passing_thread(threading.current_thread)
    assert thread is not threading.current_thread() and not thread.is_alive()


@pytest.mark.parametrize(("batch", "num_rows"), [(1, 40), (4, 40), (8, 64), (8, 81)])
def test_the_number_of_processors_changes_no_bit(batch, num_rows):
    torch.manual_seed(0)
    query = torch.randn(batch, 3, 3, 64)
    keys, values = torch.randn(2, batch, num_rows, 3, 64).transpose(2, 3)
    linear = PackedLinear(torch.randn(960, 576), None)
    states, logits = torch.randn(batch, 576), torch.randn(batch, 49152)
    former, results = torch.get_num_threads(), []
    for num_threads in (2, 1):
        torch.set_num_threads(num_threads)
        attention = fused_part(query, keys, values, None, 0.125, None)
        results.append([*attention, linear(states), Moments().of(logits)])
    torch.set_num_threads(former)
    assert all(torch.equal(two, one) for two, one in zip(*results, strict=True))
