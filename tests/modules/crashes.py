"""What Python code can do to its process, and where in a call it can do it.

The rows of crash_table.hpp name the faults and use the places.
"""

import atexit
import ctypes
import datetime
import os
import resource
import signal
import sys
import threading
import time
from dataclasses import dataclass
from typing import Any, List, NoReturn

import forging
import snakes
import venomous

UNHARMED = "unharmed"


def commit(fault: str) -> Any:
    """Note that `fault` begins, and commit it."""
    _note(fault)
    return globals()[fault]()


def _note(word: str) -> None:
    snakes.note_word(os.environ["CRASH_NOTES"], word)


# -- places ----------------------------------------------------------------------------


async def commit_in_coroutine(fault: str) -> Any:
    import asyncio

    await asyncio.sleep(0)
    return commit(fault)


def commit_in_thread(fault: str) -> str:
    thread = threading.Thread(target=commit, args=[fault])
    thread.start()
    thread.join()
    return UNHARMED


def commit_when_told(fault: str, path: str) -> None:
    """Leave a thread behind that commits as soon as the test at `path` says so."""

    def main() -> None:
        snakes.meet(path)
        try:
            commit(fault)
        finally:
            _note("done")

    threading.Thread(target=main, daemon=True).start()


class Legacy:
    """Commits when it is finalized."""

    def __init__(self, fault: str) -> None:
        self.fault = fault

    def __del__(self) -> None:
        commit(self.fault)


_estate: List[Legacy] = []


def commit_when_finalized(fault: str) -> str:
    """Leave an object behind that commits at the end of the process."""
    _estate.append(Legacy(fault))
    return UNHARMED


def commit_at_exit(fault: str) -> str:
    """Leave an object behind that commits when it is deleted at exit."""
    atexit.register(_estate.clear)
    return commit_when_finalized(fault)


def commit_once(fault: str) -> None:
    """Commit, unless that was done before, in any process."""
    if not os.path.exists(os.environ["CRASH_NOTES"]):
        commit(fault)


class Intention:
    """Is not done before the result is encoded."""

    def __init__(self, fault: str) -> None:
        self.fault = fault


def intend(fault: str) -> Intention:
    return Intention(fault)


def take(x: Any = UNHARMED) -> Any:
    """Note that the call has come as far as this."""
    _note("taken")
    return x


@dataclass
class Committed:
    """Commits a fault when it is made."""

    fault: str

    def __post_init__(self) -> None:
        self.result = commit(self.fault)


def take_committed(x: Committed) -> Any:
    return take(x.result)


def hook() -> None:
    """Is an encoder: arguments and results that name a fault commit it."""
    snake = os.getpid()

    def decode(x: Any) -> Any:
        begin = "decode "
        asks = isinstance(x, str) and x.startswith(begin)
        return commit(x[len(begin) :]) if asks else x

    def encode(x: Any) -> Any:
        if os.getpid() != snake:
            _note("left")
        return commit(x.fault) if isinstance(x, Intention) else x

    venomous.decoder("ordered")(commit)
    venomous.set_decoder(decode)
    venomous.set_encoder(encode)


def be_named(fault: str) -> Any:
    """Return what has no mapping, and a type that commits when asked for its name."""

    class Meta(type):
        def __getattribute__(cls, name: str) -> Any:
            return commit(fault) if name == "__qualname__" else cls.__module__

    class Nameless(metaclass=Meta):
        pass

    return Nameless()


class Troubled(datetime.tzinfo):
    """Commits when asked for its offset, of which it has none."""

    def __init__(self, fault: str) -> None:
        self._fault = fault

    def utcoffset(self, moment: Any) -> NoReturn:
        commit(self._fault)
        raise LookupError

    def dst(self, moment: Any) -> None:
        return None

    def tzname(self, moment: Any) -> None:
        return None


def be_in_zone(fault: str) -> Any:
    return datetime.datetime(2020, 1, 1, tzinfo=Troubled(fault))


# -- faults that end the call -----------------------------------------------------------


def raise_exception() -> NoReturn:
    snakes.raise_key_error()


def raise_unprintable() -> NoReturn:
    snakes.raise_unprintable()


def raise_local() -> NoReturn:
    class Local(Exception):
        pass

    raise Local("here")


def exit_politely() -> NoReturn:
    sys.exit(7)


def recurse() -> Any:
    return recurse()


def want_memory() -> NoReturn:
    """Want more than there is, and leave enough for those who tell of it."""
    soft, hard = _limit_memory(64 << 20)
    try:
        _hoard([], 1 << 20)
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def take_all_memory() -> NoReturn:
    """Leave nothing for those who tell of it."""
    hoard: List[bytes] = []
    _limit_memory(64 << 20)
    for size in (1 << 20, 1 << 12, 1 << 6):
        try:
            _hoard(hoard, size)
        except MemoryError:
            pass
    _hoard(hoard, 1)


def _hoard(hoard: List[bytes], size: int) -> NoReturn:
    """Add pieces of that size for as long as there are any."""
    while True:
        hoard.append(bytes(size))


def _limit_memory(more: int) -> Any:
    """Have this process get no more than so many bytes. Return the limits before."""
    before = resource.getrlimit(resource.RLIMIT_AS)
    with open("/proc/self/statm") as file:
        pages = int(file.read().split()[0])
    most = pages * resource.getpagesize() + more
    resource.setrlimit(resource.RLIMIT_AS, (most, before[1]))
    return before


# -- faults that end the process --------------------------------------------------------


def exit_at_once() -> NoReturn:
    os._exit(3)


def segfault() -> None:
    ctypes.string_at(0)


def abort() -> NoReturn:
    os.abort()


def kill() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def overflow_stack() -> None:
    """Has C recur: since 3.12 Python limits even its own recursion through C."""
    regex = ctypes.create_string_buffer(4096)
    ctypes.CDLL(None).regcomp(regex, b"(" * 1_000_000, 1)


def close_all() -> str:
    os.closerange(0, 4096)
    return UNHARMED


def write_garbage() -> NoReturn:
    os.write(forging._own_socket(), b"?" * 64)
    _stay()


def announce_too_much() -> NoReturn:
    header = forging._header((1 << 32) - 1, forging._VALUE, 0)
    os.write(forging._own_socket(), header)
    _stay()


# -- faults without an end --------------------------------------------------------------


def stop() -> str:
    os.kill(os.getpid(), signal.SIGSTOP)
    return UNHARMED


def ignore_sigterm() -> NoReturn:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    while True:
        time.sleep(60)


def spin() -> NoReturn:
    snakes.spin()


def spin_in_c() -> int:
    return sum(range(10**12))


def swallow() -> NoReturn:
    while True:
        try:
            time.sleep(60)
        except BaseException:
            pass


# -- faults that should not matter ------------------------------------------------------


def nothing() -> str:
    return UNHARMED


go_on = nothing


def fork_and_return() -> str:
    if os.fork() == 0:
        atexit.register(_note, "ended")
    return UNHARMED


def fork_and_raise() -> str:
    if os.fork() == 0:
        atexit.register(_note, "ended")
        raise KeyError("missing")
    return UNHARMED


def fork_and_stay() -> str:
    if os.fork() == 0:
        _stay()
    return UNHARMED


def fork_a_daemon() -> str:
    child = os.fork()
    if child == 0:
        os.setsid()
        if os.fork() == 0:
            _stay()
        os._exit(0)
    os.waitpid(child, 0)
    return UNHARMED


def _stay() -> NoReturn:
    """Stay in spite of any signal that can be blocked."""
    signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    while True:
        time.sleep(60)


def lament() -> str:
    for number in range(10_000):
        os.write(2, f"lament {number}\n".encode())
    return UNHARMED


def return_much() -> bytes:
    return bytes(1 << 30)


def reply_twice() -> str:
    call = forging.id_of_call("reply_twice")
    forging.forge_replies([call, call], 0)
    return UNHARMED


def reply_for_others() -> str:
    """Guess the ids of other calls: by the number of this one, and by its id."""
    number = ctypes.c_uint64.from_address(forging._address_of_ledger()).value
    id = forging.id_of_call("reply_for_others")
    near = [(id + n) % (1 << 64) for n in (-2, -1, 1, 2)]
    guesses = [0, number, number + 1, number + 2, 1 << 63, *near]
    forging.forge_replies([x for x in guesses if x != id], 0)
    return UNHARMED
