"""Functions that the tests call."""

import asyncio
import atexit
import ctypes
import datetime
import fractions
import os
import random
import signal
import subprocess
import sys
import time
from typing import Any, Dict, List, Tuple

import venomous

state: List[int] = []


class Counter:
    """Keeps a number."""

    def __init__(self) -> None:
        self.total = 0

    def add(self, n: int) -> int:
        """Returns the sum so far."""
        self.total += n
        return self.total

    @staticmethod
    def twice(n: int) -> int:
        """Returns 2n."""
        return 2 * n


counter = Counter()


class Awaitable:
    """Is no coroutine, and can be awaited."""

    def __await__(self) -> Any:
        yield from asyncio.sleep(0).__await__()
        return "awaited"


class MuteError(Exception):
    """An exception without text."""

    def __str__(self) -> str:
        raise RuntimeError("no text")


def echo(x: Any) -> Any:
    return x


def signature(*args: Any, **kwargs: Any) -> Any:
    return [list(args), kwargs]


def fail_chained() -> None:
    try:
        {}["missing"]  # type: ignore[index]
    except KeyError as error:
        raise ValueError("with ünicode \udc80") from error


def fail_with(name: str) -> None:
    if name == "MuteError":
        raise MuteError
    raise getattr(__import__("builtins"), name)("as asked")


def recurse() -> None:
    recurse()


def hoard() -> bytes:
    return b"x" * (1 << 62)


async def async_sum(a: int, b: int) -> int:
    await asyncio.sleep(0)
    return a + b


async def async_fail() -> None:
    await asyncio.sleep(0)
    raise LookupError("in a coroutine")


def awaitable() -> Awaitable:
    return Awaitable()


def unencodable(kind: str) -> Any:
    amount = fractions.Fraction(3, 2)
    return {
        "fraction": [0, 1, {"x": amount}],
        "object": object(),
        "key": {(amount,): 1},
        "surrogate": "\udc80",
    }[kind]


def noise() -> str:
    print("printed")
    os.write(1, b"written to 1\n")
    os.write(2, b"written to 2\n")
    subprocess.run(["echo", "from a child"], check=True)
    return "quiet"


def segfault() -> None:
    ctypes.string_at(0)


def leave(code: int) -> None:
    os._exit(code)


def descriptors() -> Dict[int, str]:
    found = {}
    for name in os.listdir("/proc/self/fd"):
        try:
            found[int(name)] = os.readlink(f"/proc/self/fd/{name}")
        except FileNotFoundError:
            pass  # The one that listdir had open.
    return found


def inherited_descriptors() -> List[str]:
    out = subprocess.run(["ls", "/proc/self/fd"], stdout=-1, close_fds=False)
    return out.stdout.decode().split()


def marks() -> Tuple[str, str, str]:
    """Returns the mark as Python, the kernel, and a forked child's parent see it."""
    name = b"VENOMOUS_SNAKE="

    def seen(pid: Any) -> str:
        with open(f"/proc/{pid}/environ", "rb") as file:
            entries = file.read().split(b"\0")
        return [x[len(name) :] for x in entries if x.startswith(name)][0].decode()

    pid = os.fork()
    if pid == 0:
        signal.pause()
    child = seen(pid)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    return os.environ["VENOMOUS_SNAKE"], seen("self"), child


def daemonize(clean_environment: bool = False) -> int:
    """Returns the pid of a process in a session of its own, an orphan."""
    program = [sys.executable, "-c", "import signal; signal.pause()"]
    reading, writing = os.pipe()
    first = os.fork()
    if first == 0:
        os.setsid()
        second = os.fork()
        if second:
            os.write(writing, str(second).encode())
            os._exit(0)
        if clean_environment:
            os.execve(program[0], program, {"PATH": "/usr/bin"})
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        os.close(writing)
        signal.pause()
    os.waitpid(first, 0)
    os.close(writing)
    # The end of file comes once the daemon is what it is meant to be.
    with open(reading) as pipe:
        return int(pipe.read())


def family() -> List[int]:
    """Returns the pids of a child, in the group of the snake, and a daemon."""
    child = subprocess.Popen(["sleep", "1000"])
    state.append(child.pid)
    child.returncode = 0  # So that nobody misses it.
    return [child.pid, daemonize()]


def start_session() -> List[int]:
    """Returns the pids of a shell in a session of its own, and of its child."""
    shell = subprocess.Popen(
        ["sh", "-c", "sleep 1000 & echo $!; wait"],
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    state.append(shell.pid)
    shell.returncode = 0  # So that nobody misses it.
    assert shell.stdout
    with shell.stdout as output:
        return [shell.pid, int(output.readline())]


def start_python(script: str) -> int:
    """Returns the pid of a Python that runs `script`."""
    child = subprocess.Popen([sys.executable, "-c", script])
    state.append(child.pid)
    child.returncode = 0  # So that nobody misses it.
    return child.pid


def wait_for_child(path: str) -> None:
    """Waits for a child that leaves a note at `path` when SIGTERM comes."""
    script = """
trap 'echo terminated >"$0"; exit' TERM
sleep 1000 &
echo ready
wait
"""
    command = ["sh", "-c", script, path]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as child:
        assert child.stdout and child.stdout.readline()
        sys.stdout.write("started\n")
        child.wait()


def fork_and_return(fail: bool) -> int:
    pid = os.fork()
    if pid == 0:
        if fail:
            raise RuntimeError("in the child")
        return 0
    _, status = os.waitpid(pid, 0)
    return os.waitstatus_to_exitcode(status)


def crash_at_three(n: int) -> int:
    if n == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return n


def wait_for_signal(path: str) -> None:
    """Leaves notes at `path` of what still runs after SIGTERM."""
    atexit.register(_note, path, "atexit")
    try:
        sys.stdout.write("started\n")
        while True:
            time.sleep(1000)
    finally:
        os.kill(os.getpid(), signal.SIGTERM)
        _note(path, "finally")


def note_at_exit(path: str) -> None:
    atexit.register(_note, path, "atexit")


def _note(path: str, text: str) -> None:
    with open(path, "a") as file:
        file.write(text + "\n")


def note_pid(path: str) -> None:
    _note(path, str(os.getpid()))


def interpreter() -> List[str]:
    return [sys.version, sys.prefix]


def ignore_sigterm() -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)


def raise_alarm() -> None:
    """Has SIGALRM raise an exception."""

    def on_alarm(number: int, frame: Any) -> None:
        raise RuntimeError("alarm")

    signal.signal(signal.SIGALRM, on_alarm)


def random_numbers() -> List[float]:
    numbers = [random.random()]
    if "numpy" in sys.modules:
        numbers.append(float(sys.modules["numpy"].random.random()))
    return numbers


def register_translators(scale: int) -> None:
    venomous.set_encoder(lambda x: f"encoded {x}")
    venomous.set_decoder(lambda x: x * scale)


def register_and_fail(text: str) -> None:
    raise LookupError(text)


def zone_with_surrogates() -> Any:
    zone = datetime.timezone(datetime.timedelta(0), "\udc80")
    return datetime.datetime(2020, 1, 1, tzinfo=zone)
