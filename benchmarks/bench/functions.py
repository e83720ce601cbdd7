"""Functions to call in snakes and in the processes of the peers.

All of them import this module, so it must import little.
"""

import gc
import os
import time
from typing import Any


def identity(x: Any) -> Any:
    return x


def monotonic_ns(_place: int) -> int:
    """Returns when it was called."""
    return time.monotonic_ns()


_computed_for = 0.0


def computed_for() -> float:
    """Returns how many seconds the last computation took."""
    return _computed_for


def doubled(array: Any) -> Any:
    global _computed_for
    start = time.perf_counter()
    result = array * 2
    _computed_for = time.perf_counter() - start
    return result


def double_into(array: Any, out: Any) -> None:
    global _computed_for
    import numpy

    start = time.perf_counter()
    numpy.multiply(array, 2, out=out)
    _computed_for = time.perf_counter() - start


def millisecond(_place: int = 0) -> None:
    """Takes one millisecond, whoever else wants the CPU.

    Sleeping all the time takes longer, by the slack of the timer, and waiting for the
    clock all the time would take the CPU away from the process that distributes the
    calls.
    """
    end = time.perf_counter() + 0.001
    time.sleep(0.0008)
    while time.perf_counter() < end:
        pass


def start_and_stay() -> tuple[int, int]:
    """Returns the process and the time of its arrival, after a delay.

    The delay is long enough for all others to have arrived as well.
    """
    start = time.monotonic_ns()
    time.sleep(0.5)
    return os.getpid(), start


def collect_and_stay() -> int:
    """Returns the process, after a delay, with no garbage left in it."""
    gc.collect()
    time.sleep(0.5)
    return os.getpid()


def sleep_for_long() -> None:
    time.sleep(3600)
