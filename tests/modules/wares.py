"""A type with a codec of its own, and records."""

import functools
from dataclasses import dataclass, field
from typing import List, Tuple

import venomous


@dataclass
class Money:
    cents: int
    currency: str


@dataclass
class Item:
    name: str
    price: float
    count: int = 1


@dataclass
class Order:
    items: List[Item]


@dataclass(frozen=True)
class Tally:
    step: int
    count: int = field(init=False, default=0)


@venomous.encoder(Money, "money")
def encode(money: Money) -> Tuple[int, str]:
    return money.cents, money.currency


@venomous.decoder("money")
def decode(parts: Tuple[int, str]) -> Money:
    return Money(*parts)


def twice(money: Money) -> Money:
    return Money(money.cents * 2, money.currency)


def all_twice(purse: List[Money]) -> List[Money]:
    return [twice(money) for money in purse]


def debt() -> Money:
    return Money(-1, "EUR")


def costs(order: Order) -> float:
    return sum(item.price * item.count for item in order.items)


def doubled(item: Item) -> Item:
    return Item(item.name, item.price, item.count * 2)


def count(tally: Tally) -> Tally:
    """Returns a tally that continues from `tally`."""
    result = Tally(tally.step)
    object.__setattr__(result, "count", tally.count + tally.step)
    return result


@functools.lru_cache(maxsize=None)
def count_of(tally: Tally) -> int:
    return tally.count
