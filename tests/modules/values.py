"""What the table of values is made of."""

import datetime
import os
import time
import uuid
import zoneinfo
from array import array
from collections import Counter, deque, namedtuple
from decimal import Decimal
from enum import Enum, Flag, IntEnum
from pathlib import PosixPath, PurePosixPath, PureWindowsPath
from typing import Any, NamedTuple

import numpy

__all__ = [
    "Counter",
    "Decimal",
    "PosixPath",
    "PurePosixPath",
    "PureWindowsPath",
    "array",
    "datetime",
    "deque",
    "numpy",
    "os",
    "time",
    "uuid",
    "zoneinfo",
]


class Color(Enum):
    RED = "red"


class Size(IntEnum):
    SMALL = 1


class Access(Flag):
    READ = 1
    WRITE = 2


class Fixed(datetime.tzinfo):
    """A zone as other libraries have them."""

    def __init__(self, hours: int) -> None:
        self._hours = hours

    def utcoffset(self, moment: Any) -> datetime.timedelta:
        return datetime.timedelta(hours=self._hours)

    def dst(self, moment: Any) -> None:
        return None

    def tzname(self, moment: Any) -> None:
        return None


Point = namedtuple("Point", "x y")


class Offer(NamedTuple):
    what: str
    price: float


def evaluate(expression: str) -> Any:
    return eval(expression)


def of_numpy(expression: str) -> Any:
    """Evaluates `expression` with the names that numpy has."""
    # numpy 2 imports its module of text on demand.
    return eval(expression, {**vars(numpy), "char": numpy.char})


def shown(x: Any) -> Any:
    if isinstance(x, memoryview):
        return x.format, x.shape, x.readonly, x.tobytes()
    return repr(x)


def same(expression: str, x: Any) -> str:
    """Returns what is wrong with `x`, nothing if it is what `expression` is."""
    expected = eval(expression)
    if type(x) is type(expected) and shown(x) == shown(expected):
        return ""
    return f"expected {expected!r}, got {type(x).__qualname__} {x!r}"
