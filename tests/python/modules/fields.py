"""Records with fields that are more than a name and a type."""

from __future__ import annotations

from dataclasses import InitVar, dataclass, field
from typing import Any, Dict, FrozenSet, List, NamedTuple, Optional, Tuple

import attr


@dataclass
class Counter:
    """Its count is no argument, and may be any."""

    step: int
    count: int = field(init=False, default=0)

    def counted(self) -> Counter:
        self.count += self.step
        return self


@dataclass(frozen=True)
class Circle:
    radius: float
    area: float = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "area", self.radius * self.radius * 3)


@dataclass(frozen=True)
class Hashed:
    circles: FrozenSet[Circle]
    by_circle: Dict[Circle, int]
    by_pair: Dict[Tuple[Circle, str], int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Slim:
    x: int
    within: Optional[Circle] = None
    later: List[Counter] = field(init=False, default_factory=list)


@dataclass
class Scaled:
    x: int
    scale: InitVar[int] = 1

    def __post_init__(self, scale: int) -> None:
        self.x *= scale


@dataclass
class Weighed:
    x: int
    item: InitVar[Counter]
    total: int = field(init=False, default=0)

    def __post_init__(self, item: Counter) -> None:
        self.total = self.x * item.step


@attr.s(auto_attribs=True)
class Private:
    _x: int
    __y: int = 2
    made: int = attr.ib(init=False, default=3)


@attr.s
class Old:
    """Is written as before there were annotations."""

    x = attr.ib(type=int)
    y = attr.ib(default=None, type="Optional[Counter]")


@attr.s(auto_attribs=True, frozen=True, slots=True, kw_only=True)
class Frozen:
    x: int
    made: Counter = attr.ib(init=False, factory=lambda: Counter(1))


class Pair(NamedTuple):
    counter: Counter
    number: int = 0


@dataclass
class Nested:
    private: Private
    pairs: List[Pair]
    slim: Optional[Slim] = None


def make(expression: str) -> Any:
    """Returns a record, or what has some."""
    return eval(expression)


def _is(x: Any, expression: str) -> bool:
    expected = eval(expression)
    assert (type(x), x) == (type(expected), expected), x
    return True


def counter(x: Counter, expected: str) -> bool:
    return _is(x, expected)


def circle(x: Circle, expected: str) -> bool:
    return _is(x, expected)


def hashed(x: Hashed, expected: str) -> bool:
    return _is(x, expected)


def slim(x: Slim, expected: str) -> bool:
    return _is(x, expected)


def scaled(x: Scaled, expected: str) -> bool:
    return _is(x, expected)


def weighed(x: Weighed, expected: str) -> bool:
    return _is(x, expected)


def private(x: Private, expected: str) -> bool:
    return _is(x, expected)


def old(x: Old, expected: str) -> bool:
    return _is(x, expected)


def frozen(x: Frozen, expected: str) -> bool:
    return _is(x, expected)


def pair(x: Pair, expected: str) -> bool:
    return _is(x, expected)


def pair_of_dict(x: Pair, _: str) -> bool:
    return x == Pair(Counter(2), 7)


def nested(x: Nested, expected: str) -> bool:
    return _is(x, expected)
