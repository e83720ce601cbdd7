"""Functions that tests/chaos runs in snakes, which end in every possible way."""

import ctypes
import os
import signal
import subprocess
import time
from typing import Any, Callable, Dict, List, NoReturn

_children: List["subprocess.Popen[bytes]"] = []


class Misfortune(Exception):
    """Raised on request."""


def act(notes: str, number: int, action: str, seconds: float, ballast: bytes) -> Any:
    """Note `number`, perform `action`, and return number and ballast."""
    _note(notes, number)
    result = _ACTIONS[action](seconds)
    return [number, ballast] if result is None else result


def act_on(item: List[Any]) -> Any:
    """Do the same as an item of a map."""
    return act(*item)


def _note(notes: str, number: int) -> None:
    """Append a line by a single write, which survives this process."""
    file = os.open(notes, os.O_WRONLY | os.O_APPEND)
    os.write(file, b"%d\n" % number)
    os.close(file)


# -- actions ---------------------------------------------------------------------------


def _return(_seconds: float) -> None:
    pass


def _burn(seconds: float) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        pass


def _flood(_seconds: float) -> None:
    """Write more to standard error than anybody reads at once."""
    for number in range(100):
        os.write(2, b"flood %d %s\n" % (number, b"~" * 2000))


def _daemon(_seconds: float) -> None:
    """Leave a process in a session of its own, whose parent is gone."""
    first = os.fork()
    if first == 0:
        os.setsid()
        if os.fork() == 0:
            _ignore_and_wait()
        os._exit(0)
    os.waitpid(first, 0)


def _family(_seconds: float) -> None:
    """Leave a child, a grandchild, and another program in its own session."""
    if os.fork() == 0:
        os.fork()
        _ignore_and_wait()
    sleep = ["sleep", "3600"]
    _children.append(subprocess.Popen(sleep, start_new_session=True))


def _ignore_and_wait() -> NoReturn:
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    while True:
        time.sleep(3600)


def _raise(_seconds: float) -> NoReturn:
    raise Misfortune("as requested")


def _segv(_seconds: float) -> None:
    ctypes.string_at(0)


def _exit(_seconds: float) -> NoReturn:
    os._exit(3)


def _killed(_seconds: float) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _cut_off(_seconds: float) -> NoReturn:
    """Lose the connection to the host, but stay alive."""
    os.closerange(3, 1024)
    _hang(0)


def _hang(_seconds: float) -> NoReturn:
    while True:
        time.sleep(60)


def _deaf(_seconds: float) -> NoReturn:
    """Hang, and ignore SIGTERM."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    _hang(0)


def _crash_with_family(_seconds: float) -> None:
    _daemon(0)
    _family(0)
    _segv(0)


def _unencodable(_seconds: float) -> Any:
    return [object()]


_ACTIONS: Dict[str, Callable[[float], Any]] = {
    "return": _return,
    "sleep": time.sleep,
    "burn": _burn,
    "flood": _flood,
    "daemon": _daemon,
    "family": _family,
    "raise": _raise,
    "unencodable": _unencodable,
    "segv": _segv,
    "exit": _exit,
    "killed": _killed,
    "cut_off": _cut_off,
    "crash_with_family": _crash_with_family,
    "hang": _hang,
    "deaf": _deaf,
}
