"""Functions whose annotations name classes that travel as something else."""

import array
import collections
import os
import time
import typing
from dataclasses import dataclass
from enum import CONFORM, KEEP, Flag, IntFlag
from typing import Any, Counter, DefaultDict, Deque, Optional

import numpy


@dataclass
class Item:
    name: str


class Access(Flag, boundary=CONFORM):
    READ = 1
    WRITE = 2


class Open(Flag, boundary=KEEP):
    READ = 1


class Number(IntFlag):
    ONE = 1


def counter(x: collections.Counter[str]) -> str:
    return repr(x)


def bare_counter(x: Counter) -> str:  # type: ignore[type-arg]
    return repr(x)


def ordered(x: "collections.OrderedDict[str, Item]") -> str:
    return repr(x)


def default(x: DefaultDict[str, list[int]]) -> Any:
    x["new"].append(1)
    return [repr(x), x]


def default_of_items(x: DefaultDict[str, Item]) -> str:
    return repr(x)


def queue(x: Optional[Deque[Item]] = None) -> str:
    return repr(x)


def bare_queue(x: collections.deque) -> str:  # type: ignore[type-arg]
    return repr(x)


def access(x: Access) -> str:
    return repr(x)


def opened(x: Open) -> str:
    return repr(x)


def number(x: Number) -> str:
    return repr(x)


def clock(x: time.struct_time) -> str:
    return f"{type(x).__name__} {tuple(x)} {x.tm_zone} {x.tm_gmtoff}"


def status(x: os.stat_result) -> str:
    return f"{x.st_size} {x.st_atime_ns} {x[7]}"


def records(x: numpy.recarray) -> str:
    return f"{type(x).__name__} {x.a.tolist()}"


def masked(x: "numpy.ma.MaskedArray[Any, Any]") -> str:
    return f"{type(x).__name__} {x.tolist()}"


def numbers(x: array.array) -> str:  # type: ignore[type-arg]
    return repr(x)


def either(x: typing.Union[collections.deque[int], dict[str, int]]) -> str:
    return repr(x)
