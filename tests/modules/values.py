"""What the table of values is made of."""

import datetime
import uuid
import zoneinfo
from collections import namedtuple
from decimal import Decimal
from enum import Enum, Flag, IntEnum
from pathlib import PosixPath, PurePosixPath, PureWindowsPath
from typing import Any, NamedTuple

import numpy

__all__ = [
    "Decimal",
    "PosixPath",
    "PurePosixPath",
    "PureWindowsPath",
    "datetime",
    "numpy",
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


Point = namedtuple("Point", "x y")


class Offer(NamedTuple):
    what: str
    price: float


def evaluate(expression: str) -> Any:
    return eval(expression)


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
