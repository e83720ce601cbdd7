"""What the tests run in snakes."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from typing import Any, Dict, List, NoReturn, Optional, Tuple

import venomous


def meet(path: str) -> str:
    """Report to the test at the Unix socket `path` and wait until it lets go.

    Returns what the test says, "" if it closes without a word.
    """
    with socket.socket(socket.AF_UNIX) as sock:
        sock.connect(path)
        sock.sendall(str(os.getpid()).encode())
        return sock.recv(4096).decode()


def meet_with(item: Tuple[str, Any]) -> str:
    """Meet, with something that takes memory."""
    return meet(item[0])


# -- values ----------------------------------------------------------------------------


def identity(x: Any) -> Any:
    return x


def show(x: Any) -> str:
    return f"{type(x).__name__} {x!r}"


def evaluate(expression: str) -> Any:
    return eval(expression)


def nested(levels: int) -> List[Any]:
    """Lists in each other, the innermost empty."""
    result: List[Any] = []
    for _ in range(levels - 1):
        result = [result]
    return result


def länge(text: str) -> int:
    return len(text)


def keywords(*args: Any, **kwargs: Any) -> List[Any]:
    return [list(args), kwargs]


def raise_from_above(text: str) -> NoReturn:
    _raise(text)


def _raise(text: str) -> NoReturn:
    raise Misfortune(text)


class Misfortune(Exception):
    pass


def raise_surrogates() -> NoReturn:
    _raise("\ud800")


class Account:
    """An object of the module, whose methods are functions, too."""

    def __init__(self) -> None:
        self.balance = 100

    def add(self, amount: int) -> int:
        self.balance += amount
        return self.balance


account = Account()


async def add_later(a: int, b: int) -> int:
    import asyncio

    await asyncio.sleep(0.001)
    return a + b


def raise_price(offer: Dict[str, Any], factor: float) -> Dict[str, Any]:
    return {**offer, "price": offer["price"] * factor, "tags": [*offer["tags"], "new"]}


class Half:
    """Has no twin in MessagePack."""

    def __init__(self, x: int) -> None:
        self.x = x


def half(x: int) -> Half:
    return Half(x)


def translate(prefix: str, step: int) -> None:
    """Is an encoder: halves become text, integers that arrive become more."""
    venomous.set_encoder(lambda x: f"{prefix}{x.x}/2" if isinstance(x, Half) else x)
    venomous.set_decoder(lambda x: x + step if isinstance(x, int) else x)


# -- endings ---------------------------------------------------------------------------


def meet_and_note_sigterm(path: str, file: str) -> str:
    """Like `meet`, but leave a `file` behind when asked to end."""

    def note(_number: int, _frame: Any) -> NoReturn:
        with open(file, "w", encoding="utf-8"):
            pass
        os._exit(0)

    signal.signal(signal.SIGTERM, note)
    return meet(path)


def ignore_sigterm_and_meet(path: str) -> str:
    """Like `meet`, but with no way to end it politely."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    return meet(path)


def meet_and_crash(path: str) -> int:
    """Meet, then end in the way that the test says, if it says one."""
    how = meet(path)
    if how:
        crash(how)
    return os.getpid()


def note_word(path: str, word: str) -> None:
    """Append a line with `word` to the file `path`."""
    with open(path, "a", encoding="utf-8") as file:
        file.write(f"{word}\n")


# -- ends of calls and of processes --------------------------------------------


class Unprintable(Exception):
    """An exception whose text cannot be had."""

    def __str__(self) -> str:
        raise ValueError("no text")


def raise_unprintable() -> NoReturn:
    raise Unprintable


def raise_key_error() -> NoReturn:
    raise KeyError("missing")


def raise_from() -> NoReturn:
    """Raise a RuntimeError that a KeyError has caused."""
    try:
        raise_key_error()
    except KeyError as error:
        raise RuntimeError("chained") from error


def interrupt_oneself() -> NoReturn:
    raise KeyboardInterrupt("by hand")


def crash(how: str) -> Any:
    """End this process in a way that no handler of Python's sees."""
    import ctypes

    if how == "segfault":
        return ctypes.string_at(0)
    if how == "abort":
        os.abort()
    if how == "exit":
        os._exit(3)
    os.kill(os.getpid(), signal.SIGKILL)
    return None


def note(path: str) -> int:
    """Append a line to the file `path`."""
    with open(path, "a") as file:
        file.write(f"{os.getpid()}\n")
    return os.getpid()


def note_slowly(path: str, seconds: float) -> int:
    time.sleep(seconds)
    return note(path)


def note_and_crash(path: str, how: str) -> None:
    note(path)
    crash(how)


def lament_and_crash(lines: int) -> None:
    """Write numbered lines to standard error, then crash."""
    for number in range(lines):
        os.write(2, f"lament {number}\n".encode())
    crash("exit")


def spoil(length: int) -> Any:
    """Return so many bytes, and then something that has no mapping."""
    return [bytes(length), socket.socket]


def unencodable_inside() -> Any:
    return {"items": [1, {"x": socket.AF_UNIX.__class__}]}


def ignore_termination() -> int:
    """Have this process ignore SIGTERM from now on."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    return os.getpid()


def nothing_to_say(path: str) -> str:
    """Meet, and answer "late" whatever the test says."""
    meet(path)
    return "late"


# -- what is left to the end of the process ------------------------------------

_estate: List[Any] = []


def write_and_hold(path: str, text: str) -> None:
    """Write to a file that stays open."""
    _estate.append(open(path, "w"))
    _estate[-1].write(text)


class _Crash:
    def __del__(self) -> None:
        crash("segfault")


class _Hang:
    def __del__(self) -> None:
        time.sleep(1000)


def crash_at_end() -> None:
    _estate.append(_Crash())


def hang_at_end() -> int:
    _estate.append(_Hang())
    return os.getpid()


# -- snakes that are replaced --------------------------------------------------

_hoard: List[bytearray] = []


def note_birth(folder: str) -> None:
    """Is an encoder: notes whether the snake noted before is alive, then itself.

    Fails as long as there is a file `forbidden`.
    """
    last = os.path.join(folder, "last")
    if os.path.exists(os.path.join(folder, "forbidden")):
        note_word(os.path.join(folder, "failures"), str(os.getpid()))
        raise RuntimeError("no births for now")
    if os.path.exists(last):
        with open(last) as file:
            alive = os.path.exists(f"/proc/{file.read()}")
        note_word(os.path.join(folder, "births"), "alive" if alive else "gone")
    with open(last, "w") as file:
        file.write(str(os.getpid()))


def be_born_slowly(folder: str, path: str) -> None:
    """Is an encoder: each snake but the first one meets before it is ready."""
    first = os.path.join(folder, "first")
    if os.path.exists(first):
        meet(path)
    else:
        note(first)


def hoard(megabytes: int) -> int:
    """Keep memory for good."""
    _hoard.append(bytearray(os.urandom(1)) * (megabytes << 20))
    return os.getpid()


def hoard_later(megabytes: int, path: str) -> int:
    """Do so in a thread when the test says so."""

    def main() -> None:
        meet(path)
        hoard(megabytes)

    threading.Thread(target=main, daemon=True).start()
    return os.getpid()


# -- items of maps -------------------------------------------------------------


def work(task: Dict[str, Any]) -> Any:
    """Note the number of the task, do what it says, and return the number."""
    note_word(task["notes"], task["number"])
    action = task["action"]
    if action == "meet":
        meet(task["path"])
    elif action == "raise":
        _raise(f"at {task['number']}")
    elif action == "hang":
        signal.pause()
    elif action == "unencodable":
        return {"inside": half(1)}
    elif action:
        crash(action)
    return task["number"]


async def negate_later(x: int) -> int:
    import asyncio

    await asyncio.sleep(0)
    return -x


def sleep_and_tell_pid(seconds: float) -> int:
    time.sleep(seconds)
    return os.getpid()


# -- processes -------------------------------------------------------------------


def start_family() -> Dict[str, int]:
    """Start a child, a child in a session of its own, and a daemon by double fork.

    Returns their processes.
    """
    sleep = [sys.executable, "-c", "import time; time.sleep(3600)"]
    child = subprocess.Popen(sleep)
    session = subprocess.Popen(sleep, start_new_session=True)
    read_end, write_end = os.pipe()
    first = os.fork()
    if first == 0:
        os.setsid()
        second = os.fork()
        if second == 0:
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            signal.signal(signal.SIGHUP, signal.SIG_IGN)
            os.write(write_end, str(os.getpid()).encode())
            os.close(write_end)
            time.sleep(3600)
        os._exit(0)
    os.waitpid(first, 0)
    daemon = int(os.read(read_end, 32))
    os.close(read_end)
    os.close(write_end)
    return {"child": child.pid, "session": session.pid, "daemon": daemon}


def start_family_and_meet(family_file: str, path: str) -> str:
    """Start a family, name it in a file, and meet."""
    with open(family_file, "w") as file:
        file.write(" ".join(str(pid) for pid in start_family().values()))
    return meet(path)


def descriptors() -> List[int]:
    """Return the open descriptors of this process."""
    listed = map(int, os.listdir("/proc/self/fd"))
    return [fd for fd in listed if os.path.lexists(f"/proc/self/fd/{fd}")]


def write_beside_new_file(path: str) -> str:
    """Return what is in a new file after others were written to as well."""
    with open(path, "w", encoding="utf-8") as file:
        for standard in (1, 2):
            os.write(standard, b"printed\n")
        file.write("data")
    with open(path, encoding="utf-8") as file:
        return file.read()


def has_module(name: str) -> bool:
    return name in sys.modules


def environment(name: str) -> Optional[str]:
    return os.environ.get(name)


def write_to(descriptor: int, text: str, times: int = 1) -> int:
    """Write as C code would, behind the back of Python's streams."""
    data = text.encode()
    return sum(os.write(descriptor, data) for _ in range(times))


def print_everywhere(text: str) -> str:
    """Write in all the ways that might get between the host and its answer."""
    print(text)
    print(text, file=sys.stderr)
    os.write(1, f"{text}\n".encode())
    os.write(2, f"{text}\n".encode())
    subprocess.run(["echo", text], check=True)
    return text


def interpreter() -> Dict[str, str]:
    return {
        "prefix": sys.prefix,
        "executable": sys.executable,
        "cwd": os.getcwd(),
        "hash": str(hash("venomous")),
    }


def groups() -> Dict[str, int]:
    return {"group": os.getpgrp(), "session": os.getsid(0)}


def echo(x: Any) -> Any:
    return x


def swell(megabytes: int) -> int:
    """Make this process a large one."""
    globals()["_ballast"] = bytes(1) * (megabytes << 20)
    return os.getpid()


def sleep_and_return(seconds: float, result: Any) -> Any:
    time.sleep(seconds)
    return result


def ignore_sigterm() -> None:
    """Take no notice of SIGTERM from now on."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)


def spin() -> NoReturn:
    """Use the CPU for ever."""
    while True:
        pass


def write_to_sockets(text: str) -> None:
    """Write to all sockets of this process, and stay."""
    for name in os.listdir("/proc/self/fd"):
        try:
            if "socket" in os.readlink(f"/proc/self/fd/{name}"):
                os.write(int(name), text.encode() * 40)
        except OSError:
            pass
    while True:
        time.sleep(60)
