"""Records that are generic, and names for types."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import (
    Annotated,
    Dict,
    Generic,
    List,
    NamedTuple,
    NewType,
    Optional,
    Tuple,
    TypeVar,
)

import attr
import venomous  # noqa: F401

T = TypeVar("T")
U = TypeVar("U")
Thing = TypeVar("Thing", bound="Item")


@dataclass(frozen=True)
class Card:
    number: str


@dataclass
class Item:
    name: str
    price: float = 1.5


class Color(Enum):
    RED = "red"


class Size(NamedTuple):
    width: int
    height: int = 1


Paid = TypeVar("Paid", Card, Size)
Goods = NewType("Goods", Item)


@dataclass
class Box(Generic[T]):
    content: T
    more: List[T] = field(default_factory=list)


@dataclass
class Labeled(Box[Dict[str, U]], Generic[T, U]):
    label: Optional[T] = None


@dataclass
class ItemBox(Box[Item]):
    pass


@attr.s(auto_attribs=True)
class Pair(Generic[T, U]):
    first: T
    second: U


@dataclass
class Chain(Generic[T]):
    value: T
    rest: Optional[Chain[T]] = None


@dataclass
class Endless(Generic[T]):
    value: T
    rest: Optional[Endless[List[T]]] = None


class Placed(NamedTuple):
    item: Item
    place: int = 0


def box(x: Box[Item]) -> str:
    return repr(x)


def anything(x: Box) -> str:  # type: ignore[type-arg]
    return repr(x)


def labeled(x: Labeled[Size, Item]) -> str:
    return repr(x)


def item_box(x: ItemBox) -> str:
    return repr(x)


def pair(x: Pair[Item, Box[Card]]) -> str:
    return repr(x)


def chain(x: Chain[Item]) -> str:
    return repr(x)


def endless(x: Endless[int], item: Item) -> str:
    return repr((x, item))


def bound(x: Thing) -> Thing:
    assert isinstance(x, Item)
    return x


def one_of(x: Paid) -> str:
    return repr(x)


def goods(x: List[Goods]) -> str:
    return repr(x)


def noted(x: List[Annotated[Item, ["no hash"]]]) -> str:
    return repr(x)


def placed(x: Placed) -> str:
    return repr(x)


def place(item: Item) -> Placed:
    return Placed(item, 3)


def keyed(x: Dict[Color, int]) -> int:
    return len(x)


def tuples(x: Tuple[Placed, ...]) -> str:
    return repr(x)
