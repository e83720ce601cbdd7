"""The tasks for a peer. The program `measure` has the same for the library."""

import os
import re
import signal
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from bench import functions
from bench.peers.peer import Peer
from bench.peers.standard import PoolMap

Figures = dict[str, list[float]]
"""Raw samples by the name of the figure, in seconds, bytes or per second."""
Options = dict[str, Any]


def _times(samples: int, f: Callable[[], object], quiet_ms: int = 0) -> list[float]:
    result = []
    for _ in range(samples):
        time.sleep(quiet_ms / 1000)
        begin = time.perf_counter()
        f()
        result.append(time.perf_counter() - begin)
    return result


# -- calls ---------------------------------------------------------------------


def call(kind: type[Peer], options: Options) -> Figures:
    """One caller that makes one call at a time."""
    peer = kind(1)
    _times(20, lambda: peer.call(abs, -1))
    quiet_ms = options.get("quiet-ms", 0)
    times = _times(options["samples"], lambda: peer.call(abs, -1), quiet_ms)
    peer.close()
    return {"call": times}


def _rate(kind: type[Peer], f: Callable[..., object], options: Options) -> Figures:
    peer = kind(options["snakes"])
    calls = options["calls"]
    arguments = [-1] * calls
    peer.many(f, arguments[: calls // 10])
    times = _times(options["samples"], lambda: peer.many(f, arguments))
    peer.close()
    return {"rate": [calls / x for x in times]}


def rate(kind: type[Peer], options: Options) -> Figures:
    """Many calls at the same time."""
    return _rate(kind, abs, options)


def millisecond(kind: type[Peer], options: Options) -> Figures:
    """Many calls of a function that takes a while."""
    return _rate(kind, functions.millisecond, options)


def map(kind: type[Peer], options: Options) -> Figures:
    """One function for many items, with the best of several chunk sizes."""
    assert kind is PoolMap
    pool = PoolMap(options["snakes"])
    calls, samples = options["calls"], options["samples"]
    items = range(calls)

    def rates(chunks: int) -> list[float]:
        times = _times(samples, lambda: pool.map(abs, items, chunks))
        return [calls / x for x in times]

    best = max((rates(chunks) for chunks in (8, 16, 64, 250, 1_000)), key=max)
    pool.close()
    return {"rate": best}


# -- waiting -------------------------------------------------------------------


def waiting(kind: type[Peer], options: Options) -> Figures:
    """Many calls in the queue: how fast it moves, and whether it stays in order."""
    peer = kind(options["snakes"])
    peer.many(functions.monotonic_ns, range(100))
    result: Figures = {}
    for callers in options["callers"]:
        starts: list[int] = []
        cpu, begin = time.process_time(), time.perf_counter()
        while len(starts) < options["calls"]:
            starts += peer.many(functions.monotonic_ns, range(callers))
        passed, calls = time.perf_counter() - begin, len(starts)
        result[f"rate_{callers}"] = [calls / passed]
        result[f"cpu_{callers}"] = [(time.process_time() - cpu) / calls]
        result[f"overtaking_{callers}"] = [overtaking(starts)]
        result[f"places_{callers}"] = [places(starts)]
    few, many = (result[f"cpu_{x}"][0] for x in options["callers"])
    result["cpu_growth"] = [many / few]
    peer.close()
    return result


def overtaking(starts: list[int]) -> float:
    """Returns how many of a thousand calls started before one sent earlier."""
    count = latest = 0
    for start in starts:
        count += start < latest
        latest = max(latest, start)
    return 1000 * count / len(starts)


def places(starts: list[int]) -> float:
    """Returns by how many places a call started too early at most."""
    order = sorted(range(len(starts)), key=lambda x: starts[x])
    return max(sent - place for place, sent in enumerate(order))


# -- processes -----------------------------------------------------------------


def _first_call(options: Options) -> Callable[..., object]:
    """Returns a call that takes no time and needs the preloaded module, if any."""
    if "preload" not in options:
        return abs
    import numpy

    rank: Callable[..., object] = numpy.ndim
    return rank


def start(kind: type[Peer], options: Options) -> Figures:
    """A new process, until its first result."""
    first_call = _first_call(options)
    result = []
    for _ in range(options["samples"]):
        begin = time.perf_counter()
        peer = kind(1)
        peer.call(first_call, -1)
        result.append(time.perf_counter() - begin)
        peer.close()
    return {"start": result}


def starts(kind: type[Peer], options: Options) -> Figures:
    """Many new processes at once, until the last one runs a call."""
    result = []
    for _ in range(options["samples"]):
        begin = time.monotonic_ns()
        peer = kind(options["snakes"])
        calls = [
            peer.submit(functions.start_and_stay) for _ in range(options["snakes"])
        ]
        started = dict(wait() for wait in calls)
        peer.close()
        if len(started) < options["snakes"]:
            raise RuntimeError("a process took two calls")
        result.append((max(started.values()) - begin) * 1e-9)
    return {"starts": result}


def replacement(kind: type[Peer], options: Options) -> Figures:
    """A process is killed in a call, until the next call in the queue runs."""
    peer = kind(1)
    result = []
    for _ in range(options["samples"]):
        process = peer.call(os.getpid)
        peer.submit(functions.sleep_for_long)
        next_call = peer.submit(time.monotonic_ns)
        time.sleep(0.05)
        begin = time.monotonic_ns()
        os.kill(process, signal.SIGKILL)
        try:
            begun = next_call()
        except Exception:
            # The whole pool is broken, and its callers need another one.
            peer.close()
            peer = kind(1)
            begun = peer.call(time.monotonic_ns)
        result.append((begun - begin) * 1e-9)
    peer.close()
    return {"replacement": result}


def memory(kind: type[Peer], options: Options) -> Figures:
    """The memory of an idle process, including its share of shared memory."""
    _first_call(options)
    peer = kind(options["snakes"])
    calls = [
        peer.submit(functions.collect_and_stay) for _ in range(options["snakes"])
    ]
    processes = {wait() for wait in calls}
    result = [_pss(x) for x in processes]
    peer.close()
    return {"memory": result}


def _pss(process: int) -> float:
    text = Path(f"/proc/{process}/smaps_rollup").read_text()
    found = re.search(r"^Pss: +(\d+) kB", text, re.M)
    if not found:
        raise RuntimeError(f"the memory of process {process} is unknown")
    return int(found[1]) * 1024.0


# -- payloads ------------------------------------------------------------------


def _identity_times(peer: Peer, samples: int, payload: Any) -> list[float]:
    peer.call(functions.identity, payload)
    return _times(samples, lambda: peer.call(functions.identity, payload))


def bytes_(kind: type[Peer], options: Options) -> Figures:
    """Bytes both ways."""
    peer = kind(1)
    result = {}
    for size in options["sizes"]:
        # Fewer of the longer ones: a megabyte in all for each sample.
        samples = max(1, min(options["samples"], (options["samples"] << 20) // size))
        result[f"bytes_{size}"] = _identity_times(peer, samples, b"\1" * size)
    peer.close()
    return result


def values(kind: type[Peer], options: Options) -> Figures:
    """Lists of numbers and of small dicts both ways."""
    n = options["elements"]
    payloads: dict[str, Iterable[Any]] = {
        "ints": [i * 1000 for i in range(n)],
        "floats": [i * 0.1 for i in range(n)],
        "dicts": [
            {"id": i, "name": f"item {i}", "price": 0.25 * i} for i in range(0, n, 10)
        ],
    }
    peer = kind(1)
    result = {
        name: _identity_times(peer, options["samples"], x)
        for name, x in payloads.items()
    }
    peer.close()
    return result


ALL: dict[str, Callable[[type[Peer], Options], Figures]] = {
    "call": call,
    "rate": rate,
    "millisecond": millisecond,
    "map": map,
    "waiting": waiting,
    "start": start,
    "starts": starts,
    "replacement": replacement,
    "memory": memory,
    "bytes": bytes_,
    "values": values,
}
