"""Records and parameters that take more than objects of the very type."""

import functools
from collections import namedtuple
from dataclasses import dataclass
from typing import Any, Container, Reversible


@dataclass
class Stats:
    n: int
    mean: float
    root: complex = 0


class Labeled(namedtuple("Labeled", "x")):
    """Has attributes beside its fields."""


@dataclass
class Entries(dict):  # type: ignore[type-arg]
    """Has items beside its fields."""

    x: int = 0


def shown(stats: Stats) -> str:
    return repr(stats)


def measured() -> Any:
    import numpy

    return Stats(numpy.int64(3), numpy.float32(0.5))


def maybe(stats: Stats = None) -> str:  # type: ignore[assignment]
    return repr(stats)


def maybe_by_name(*, stats: Stats = None) -> str:  # type: ignore[assignment]
    return repr(stats)


def needed(stats: Stats) -> str:
    return repr(stats)


def all_in(some: Container[Stats], others: Reversible[Stats]) -> str:
    return f"{some} {others}"


def _labelling(func: Any) -> Any:
    @functools.wraps(func)
    def wrapper(label: Any, *args: Any) -> str:
        return f"{label} {func(*args)}"

    return wrapper


@_labelling
def with_label(stats: Stats) -> str:
    return repr(stats)


def labeled() -> Any:
    result = Labeled(1)
    setattr(result, "label", "one")
    return result


def entries() -> Any:
    result = Entries()
    result["a"] = 1
    return result
