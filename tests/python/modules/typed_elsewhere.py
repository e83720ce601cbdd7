"""Annotations with names that exist only for the type checker."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Dict, List, Optional, TypedDict, no_type_check

if TYPE_CHECKING:
    from decimal import Decimal
    from typing import NotRequired

    from modules.orders import Card, Size


@dataclass
class Item:
    name: str


def returned(item: Item) -> Optional[Size]:
    assert type(item) is Item
    return None


def other_parameter(item: Item, card: Card, size: Size) -> str:
    return repr((item, card, size))


def cards(cards: List[Card]) -> str:
    return repr(cards)


@no_type_check
def unchecked(item: Item) -> str:
    return repr(item)


@dataclass
class Parcel:
    item: Item
    card: Optional[Card] = None
    weights: Optional[Dict[str, Decimal]] = None


@dataclass
class Truck:
    parcels: List[Parcel]


def truck(truck: Truck) -> str:
    return repr(truck)


class Label(TypedDict):
    text: str
    size: NotRequired[int]


def label(label: Label) -> str:
    return repr(label)


class Depot:
    @dataclass
    class Door:
        number: int

    def open(self, door: Door) -> str:
        return repr(door)

    def list(self, items: list[Item]) -> str:
        return repr(items)


depot = Depot()


@dataclass
class Day:
    """A field has the name of its type."""

    Item: Optional[Item] = None


def day(day: Day) -> str:
    return repr(day)


def _local() -> Any:
    @dataclass
    class Leaf:
        number: int
        leaves: List[Leaf]

    def leaf(leaf: Leaf) -> List[Any]:
        return [type(leaf) is Leaf, repr(leaf)]

    return leaf


local = _local()
