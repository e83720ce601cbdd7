"""Functions that leave something behind for the end of their process."""

import atexit
import concurrent.futures
import ctypes
import gzip
import multiprocessing
import os
import random
import shelve
import signal
import sys
import tempfile
import threading
import time
import zipfile
from multiprocessing import shared_memory
from typing import Any, List, NoReturn, Optional

import venomous

held: List[Any] = []


class Diary:
    """Writes to its file when it is finalized."""

    def __init__(self, path: str) -> None:
        self.file = open(path, "w")

    def __del__(self) -> None:
        self.file.write("the end")


class Printer:
    """Prints when it is finalized."""

    def __del__(self) -> None:
        print("the end")


def print_to(path: str) -> None:
    """Has everything printed to a file from now on."""
    sys.stdout = open(path, "w")
    held.append(Printer())


class Wreck:
    """Crashes when it is finalized."""

    def __del__(self) -> None:
        ctypes.string_at(0)


class Sloth:
    """Is never done with being finalized."""

    def __del__(self) -> None:
        time.sleep(1000)


# -- files -----------------------------------------------------------------------------


def hold_text(path: str, text: str) -> None:
    held.append(open(path, "w"))
    held[-1].write(text)


def hold_gzip(path: str, text: str) -> None:
    held.append(gzip.open(path, "wt"))
    held[-1].write(text)


def hold_zip(path: str, text: str) -> None:
    held.append(zipfile.ZipFile(path, "w"))
    held[-1].writestr("name", text)


def hold_shelf(path: str, text: str) -> None:
    held.append(shelve.open(path))
    held[-1]["key"] = text


def hold_diary(path: str) -> None:
    held.append(Diary(path))


def hold_cycle(path: str, text: str) -> None:
    """Leave a file that only a cycle refers to, and the collector off."""
    import gc

    gc.disable()
    cycle: List[Any] = [open(path, "w")]
    cycle[0].write(text)
    cycle.append(cycle)


def hold_generator(path: str) -> None:
    """Leave a block open that notes its end."""

    def block() -> Any:
        try:
            yield
        finally:
            note(path, "left")

    held.append(block())
    next(held[-1])


def hold_temporary_file() -> str:
    held.append(tempfile.NamedTemporaryFile())
    return str(held[-1].name)


def hold_temporary_folder() -> str:
    held.append(tempfile.TemporaryDirectory())
    return str(held[-1].name)


def hold(name: str) -> None:
    held.append(globals()[name]())


def print_from_c(text: str) -> None:
    """Print as a library in C does, to a stream of its own."""
    library = ctypes.CDLL(None)
    library.printf(b"%s", text.encode())


def note(path: str, text: str) -> None:
    with open(path, "a") as file:
        file.write(f"{text}\n")


def exists(path: str) -> bool:
    return os.path.exists(path)


def write_held(text: str) -> None:
    held[0].write(text)


# -- threads ---------------------------------------------------------------------------


def start_thread(path: str) -> None:
    """Leave a thread behind that notes when it is done."""

    def work() -> None:
        time.sleep(0.1)
        note(path, "done")

    threading.Thread(target=work).start()


def start_executor(path: str) -> None:
    """Leave an executor behind that has work to do."""
    executor = concurrent.futures.ThreadPoolExecutor(1)
    executor.submit(time.sleep, 0.1)
    executor.submit(note, path, "done")
    held.append(executor)


def start_endless_thread() -> None:
    threading.Thread(target=time.sleep, args=[1000]).start()


def wait_for_endless_thread() -> None:
    thread = threading.Thread(target=time.sleep, args=[1000])
    thread.start()
    sys.stdout.write("waiting\n")
    thread.join()


# -- shared memory ---------------------------------------------------------------------


def share() -> str:
    """Return the name of shared memory that nobody unlinks."""
    held.append(shared_memory.SharedMemory(create=True, size=100))
    return str(held[-1].name)


def share_and_crash() -> None:
    sys.stdout.write(share() + "\n")
    os.kill(os.getpid(), signal.SIGKILL)


def share_semaphore() -> int:
    """Leave a named semaphore, and return how many there are."""
    held.append(multiprocessing.get_context("spawn").Lock())
    return count_semaphores()


def count_semaphores() -> int:
    return sum(name.startswith("sem.mp-") for name in os.listdir("/dev/shm"))


def share_in_session() -> List[Any]:
    """Share in a process that has a session of its own, and return its number, too."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.setsid()
        os.write(writing, share().encode())
        signal.pause()
    return [pid, os.read(reading, 100).decode()]


# -- children --------------------------------------------------------------------------


def fork(deed: str, *args: Any) -> int:
    """Do `deed` in a forked process. Return how it ended, negative for a signal."""
    pid = os.fork()
    if pid == 0:
        return globals()[deed](*args)  # type: ignore[no-any-return]
    _, status = os.waitpid(pid, 0)
    return os.waitstatus_to_exitcode(status)


async def fork_in_coroutine(deed: str, *args: Any) -> int:
    return fork(deed, *args)


def leave(code: Any) -> NoReturn:
    sys.exit(code)


def fail(text: str) -> NoReturn:
    raise ValueError(text)


def interrupt() -> NoReturn:
    raise KeyboardInterrupt


def write_and_leave(path: str, text: str) -> NoReturn:
    """Leave with a file open that only this function knows."""
    file = open(path, "w")
    file.write(text)
    sys.exit(4)


def register_and_leave(path: str) -> NoReturn:
    atexit.register(note, path, "atexit")
    sys.exit(0)


def start_thread_and_leave(path: str) -> NoReturn:
    start_thread(path)
    sys.exit(0)


def print_and_return(text: str) -> None:
    print(text, end="")


class Leaf:
    """Encodes as the exit status of a child; in the child it cannot be encoded."""


@venomous.encoder(Leaf)
def _encode_leaf(_leaf: Leaf) -> Any:
    return fork("odd")


def odd() -> object:
    return object()


def leaf() -> Leaf:
    return Leaf()


def run_processes() -> List[int]:
    """Return the results of library processes that fork and end by themselves."""
    context = multiprocessing.get_context("fork")
    with concurrent.futures.ProcessPoolExecutor(2, mp_context=context) as executor:
        squares = list(executor.map(_square, range(4)))
    process = context.Process(target=sys.exit, args=[5])
    process.start()
    process.join()
    assert process.exitcode is not None
    return [*squares, process.exitcode]


def _square(x: int) -> int:
    return x * x


# -- random numbers --------------------------------------------------------------------

generator = random.Random(1)


class Sampler:
    """Has a generator of its own."""

    generator = random.Random(2)


def draw() -> List[float]:
    return [generator.random(), Sampler.generator.random()]


_numpy: Optional[Any] = sys.modules.get("numpy")
if _numpy:
    numpy_generators = [
        _numpy.random.default_rng(1),
        _numpy.random.RandomState(1),
        _numpy.random.Generator(_numpy.random.MT19937(1)),
        _numpy.random.RandomState(_numpy.random.PCG64(1)),
        _numpy.random,
    ]


def draw_from_numpy() -> List[float]:
    return [float(x.random()) for x in numpy_generators]
