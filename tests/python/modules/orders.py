"""Functions whose annotations name records of all kinds."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Literal, NamedTuple, Optional, TypedDict, Union

import attr


class Color(Enum):
    RED = "red"
    BLUE = "blue"


@dataclass
class Item:
    name: str
    price: float
    color: Optional[Color] = None
    tags: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Card:
    number: str


@dataclass(frozen=True)
class Cash:
    amount: int
    currency: Literal["EUR", "USD"] = "EUR"


@dataclass
class Order:
    id: int
    items: list[Item]
    by_name: dict[str, Item] = field(default_factory=dict)
    pair: Optional[tuple[int, Item]] = None
    paid: Union[Card, Cash, None] = None
    cards: frozenset[Card] = frozenset()
    extra: Any = None


@dataclass
class Tree:
    value: int
    children: list[Tree]


@attr.s(auto_attribs=True)
class Point:
    x: float
    y: float = 0.5
    _secret: int = 7


class Size(NamedTuple):
    width: int
    height: int = 1


class Options(TypedDict, total=False):
    depth: int
    items: list[Item]


@dataclass
class Strict:
    number: int

    def __post_init__(self) -> None:
        if self.number < 0:
            raise ValueError("negative")


@dataclass
class Half:
    price: float
    derived: int = field(init=False)

    def __post_init__(self) -> None:
        self.derived = int(self.price * 2)


def take(order: Order) -> Any:
    return [type(order).__name__, repr(order)]


def give(order: Order) -> Any:
    return [order.items, order.pair, order.paid]


def item(item: Item) -> str:
    return repr(item)


def items(items: Sequence[Item]) -> str:
    return repr(items)


def maybe(item: Optional[Item] = None, *, color: Color = Color.RED) -> str:
    return repr((item, color))


def many(*items: Item, **named: Item) -> str:
    return repr((items, named))


def tree(tree: Tree) -> Tree:
    return tree


def point(point: Point) -> Any:
    return [repr(point), point]


def size(size: Size) -> str:
    return repr(size)


def options(options: Options) -> str:
    return repr(options)


def strict(x: Strict) -> str:
    return repr(x)


def half(x: Half) -> Half:
    return x


def not_a_record(x: float, y: list[int], z: Any) -> str:
    return repr((x, y, z))


def unknown_name(item: Item, x: NoSuchName) -> str:  # type: ignore  # noqa: F821
    return repr(item)


def without(item):  # type: ignore
    return repr(item)


async def later(item: Item) -> str:
    await asyncio.sleep(0)
    return item.name


def traced(func: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(func)
    def call(*args: Any, **kwargs: Any) -> Any:
        return func(*args, **kwargs)

    return call


@traced
def wrapped(first: int, item: Item) -> str:
    return item.name


class Shop:
    @classmethod
    def name_of(cls, item: Item) -> str:
        return item.name

    def price_of(self, item: Item) -> float:
        return item.price


shop = Shop()


def fork_in_conversion(x: Forking) -> int:
    return x.number


@dataclass
class Forking:
    number: int

    def __post_init__(self) -> None:
        import os

        os.fork()


def unset() -> Any:
    return Unset.__new__(Unset)


@dataclass
class Unset:
    number: int
