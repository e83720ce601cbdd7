"""Structs of msgspec, which need not be there."""

# To mypy its classes are Any.
# mypy: disable-error-code="call-arg"

from __future__ import annotations

import importlib
from typing import Any, Generic, List, TypeVar

msgspec: Any = importlib.import_module("msgspec")

T = TypeVar("T")


class Item(msgspec.Struct, frozen=True):
    name: str
    price: float = 1.5


class Order(msgspec.Struct, kw_only=True, tag="order", rename="camel"):
    first_item: Item
    items: List[Item] = []


class Box(msgspec.Struct, Generic[T]):
    content: T


def make(expression: str) -> Any:
    return eval(expression)


def _is(x: Any, expression: str) -> bool:
    expected = eval(expression)
    assert (type(x), x) == (type(expected), expected), x
    return True


def item(x: Item, expected: str) -> bool:
    return _is(x, expected)


def order(x: Order, expected: str) -> bool:
    return _is(x, expected)


def box(x: Box[Item], expected: str) -> bool:
    return _is(x, expected)
