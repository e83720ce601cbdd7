"""Objects that C++ has no type for."""

import datetime
import os
import pathlib
import threading
from collections import UserDict
from fractions import Fraction
from typing import Any, Dict, List, Tuple

import numpy

__all__ = ["Fraction"]


def mixed() -> List[Any]:
    return [1, "two", Fraction(3)]


def as_key() -> Dict[Fraction, List[Fraction]]:
    return {Fraction(1, 2): [Fraction(1, 3)]}


def lock_inside() -> Dict[str, List[Any]]:
    return {"locks": [threading.Lock()]}


class Zone(datetime.tzinfo):
    """Has neither a fixed offset nor a key."""

    def utcoffset(self, moment: Any) -> None:
        return None

    def dst(self, moment: Any) -> None:
        return None

    def tzname(self, moment: Any) -> str:
        return "somewhere"

    def __repr__(self) -> str:
        return "Zone()"

    def __eq__(self, other: Any) -> bool:
        return isinstance(other, Zone)


class Name(str):
    """Is a str, and something else."""


class Numbers(numpy.ndarray[Any, Any]):
    """Is an array, and something else."""


def parts() -> List[Any]:
    """Each is of a type that is known, or of one that is like it."""
    moment = datetime.datetime(2020, 1, 1, tzinfo=Zone())
    structured = numpy.array([(1, None)], [("a", "i4"), ("b", object)])
    return [
        numpy.array([1, "two", None], object),
        structured,
        structured[0],
        numpy.zeros(2).view(Numbers),
        moment,
        moment.timetz(),
        "\ud800",
        Name("name"),
        pathlib.PurePosixPath("\ud800"),
        datetime.timezone(datetime.timedelta(hours=1), "\ud800"),
        moment.replace(
            tzinfo=datetime.timezone(datetime.timedelta(hours=1), "\ud800")
        ),
        numpy.zeros(1, [("\ud800", "i4")]),
        UserDict(a=1),
    ]


def are_parts(xs: List[Any]) -> bool:
    """Returns whether `xs` are what `parts` has returned."""
    ys = parts()
    return [type(x) for x in xs] == [type(y) for y in ys] and repr(xs) == repr(ys)


def record() -> Tuple[int, Dict[str, Any]]:
    return 1, {"known": 2, "unknown": numpy.array([None], object)}


def text() -> Dict[str, Any]:
    return {"\ud800": {"\udfff"}}


def shared() -> List[Any]:
    """The same object in several places, each in a tuple: that is moved about."""
    x = UserDict(a=1)
    return [x, x, (x, ((x,),)), {"a": x, "b": Fraction(1)}, x]


def are_shared(xs: List[Any]) -> bool:
    x, y, (z, ((u,),)), a, last = xs
    return all(other is x for other in (y, z, u, a["a"], last))


def equals() -> List[Any]:
    """As if they were shared, but are not."""

    def x() -> Any:
        return UserDict(a=1)

    return [x(), x(), (x(), ((x(),),)), {"a": x(), "b": Fraction(1)}, x()]


def are_one(x: Any, y: Any) -> bool:
    return x is y


def which_are_one(a: Any, b: Any, c: Any, d: Any) -> List[bool]:
    return [a is b, a is c, a is d, b is d]


class Forker:
    """Forks as it is pickled. Unpickled it is how the child has ended."""

    def __reduce__(self) -> Tuple[Any, ...]:
        pid = os.fork()
        return int, (os.waitpid(pid, 0)[1] if pid else -1,)


class Stubborn:
    """Does not let itself be pickled."""

    def __reduce__(self) -> Tuple[Any, ...]:
        raise RuntimeError("stay here")


class Trap:
    """Raises when it is unpickled."""

    def __reduce__(self) -> Tuple[Any, ...]:
        return _spring, ()


def _spring() -> None:
    raise ValueError("trapped")
