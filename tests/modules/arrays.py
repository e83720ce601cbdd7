"""Functions of arrays that C++ sends."""

import os
import resource
import struct
import threading
from typing import Any, List

import numpy
import snakes

_remembered: Any = None


def evaluate(expression: str) -> Any:
    return eval(expression, {"np": numpy})


def peak_memory() -> int:
    """The most that this process has had, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def identity(x: Any) -> Any:
    return x


def numbers(n: int) -> Any:
    return numpy.arange(n, dtype=float)


def doubled(x: Any) -> Any:
    return x * 2


def doubled_in_place(x: Any) -> Any:
    x *= 2
    return x


def added(x: Any, amount: float = 1.0) -> Any:
    """Adds in place to all arrays in a list or dict, whatever else is in there."""
    if isinstance(x, dict):
        added(list(x.values()), amount)
    elif isinstance(x, (list, tuple)):
        for each in x:
            added(each, amount)
    else:
        x = numpy.asarray(x)
        x += amount
    return x


def added_all(x: Any) -> Any:
    added(x)
    return [x["a"], [x["b"]]]


def total_of_added(x: Any) -> float:
    return total(added(x))


def added_to_part(x: Any) -> Any:
    part = x[len(x) // 2 :]
    part += 1.0
    return x


def added_to_one(x: Any, other: Any) -> Any:
    """Adds to the first one. They may be the same."""
    x += 1.0
    return [x, other]


def added_by_memoryview(x: Any) -> Any:
    view = memoryview(x).cast("B")
    view[:8] = struct.pack("d", 1.0)
    return x


def added_from_file(x: Any) -> Any:
    """Lets the kernel write to it."""
    here, there = os.pipe()
    os.write(there, struct.pack("d", 1.0))
    os.readv(here, [memoryview(x).cast("B")[:8]])
    os.close(here)
    os.close(there)
    return x


def added_and_undone(x: Any) -> Any:
    x += 1.0
    x -= 1.0
    return x


def double_into(x: Any, out: Any) -> None:
    numpy.multiply(x, 2, out=out)


def last_half(x: Any) -> Any:
    return x[len(x) // 2 :]


def describe(x: Any) -> str:
    return f"{x.dtype.str} {x.shape} {x.tolist()}"


def many(n: int) -> List[Any]:
    return [numpy.zeros(8_193)] * n


def total(x: Any) -> float:
    return float(x.sum())


def count(xs: List[Any]) -> int:
    return len(xs)


def reversed_list(xs: List[Any], last: Any) -> List[Any]:
    return [*reversed(xs), last]


def set_at(x: Any, index: int, element: float) -> None:
    x[index] = element


def address(x: Any) -> int:
    return int(x.ctypes.data)


def remember(x: Any) -> None:
    global _remembered
    _remembered = x


def remember_part(x: Any) -> None:
    remember(x[:3])


def remembered() -> Any:
    return _remembered


def remember_and_return(x: Any) -> Any:
    remember(x)
    return x


def remember_part_and_return(x: Any) -> Any:
    remember(x[:3])
    return [x, x]


def add_to_remembered() -> None:
    global _remembered
    _remembered += 1.0


def add_in_thread(x: Any, path: str) -> Any:
    """Returns an array that a thread adds to between two meetings."""

    def main() -> None:
        snakes.meet(path)
        x[:] += 1.0
        snakes.meet(path)

    threading.Thread(target=main).start()
    return x


def keep_until(x: Any, path: str) -> None:
    """Has a thread keep an array until it is let go."""
    threading.Thread(target=lambda kept: snakes.meet(path), args=[x]).start()


def add_in_child(x: Any) -> Any:
    """Returns an array that a forked process has added to."""
    child = os.fork()
    if child == 0:
        x += 1.0
        os._exit(0 if x[0] == 1.0 else 1)
    _, status = os.waitpid(child, 0)
    if status != 0:
        raise ChildProcessError("the child saw something else")
    return x


def total_in_child(x: Any) -> float:
    """Has a forked process do the work, which drops all of its objects then."""
    here, there = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(there, struct.pack("d", total(x)))
        del x
        remember(None)
        os._exit(0)
    os.waitpid(child, 0)
    os.close(there)
    with open(here, "rb") as pipe:
        return float(struct.unpack("d", pipe.read())[0])


def look_later(x: Any, path: str, file: str) -> None:
    """Has a process that outlives the call look at `x` once it is let go."""
    if os.fork() == 0:
        snakes.meet(path)
        with open(file, "w") as text:
            text.write(str(x.tolist() == [x[0]] * len(x)) + f" {x[0]}")
        os._exit(0)
