"""What can be called and is no plain function."""

from __future__ import annotations

import functools
import inspect
from dataclasses import dataclass
from typing import Any, Callable, Generator, Generic, List, NamedTuple, TypeVar, Union

import attr

T = TypeVar("T")


@dataclass(frozen=True)
class Card:
    number: str


@dataclass
class Item:
    name: str
    price: float = 1.5


def _show(*things: object) -> str:
    return repr(things)


# -- wrapped ---------------------------------------------------------------------------


@functools.lru_cache(maxsize=None)
def cached(card: Card) -> str:
    return _show(card)


@functools.singledispatch
def dispatched(x: Union[Card, Item]) -> str:
    return "neither"


@dispatched.register
def _(x: Card) -> str:
    return _show("card", x)


@dispatched.register
def _(x: Item) -> str:
    return _show("item", x)


class Counted:
    """A decorator that is a class."""

    def __init__(self, func: Callable[..., Any]) -> None:
        functools.update_wrapper(self, func)
        self.calls = 0

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        self.calls += 1
        return self.__wrapped__(*args, **kwargs)  # type: ignore[attr-defined]


@Counted
def counted(item: Item) -> str:
    return _show(item)


@functools.lru_cache(maxsize=None)
@Counted
def twice_wrapped(card: Card) -> str:
    return _show(card)


def without_notes(func: Callable[..., Any]) -> Callable[..., Any]:
    """A decorator that says what it wraps, and nothing more."""

    def call(*args, **kwargs):  # type: ignore[no-untyped-def]
        return func(*args, **kwargs)

    call.__wrapped__ = func  # type: ignore[attr-defined]
    return call


@without_notes
def noteless(item: Item) -> str:
    return _show(item)


def numbered(func: Callable[..., Any]) -> Callable[..., Any]:
    """A decorator that adds an argument, and says so."""

    @functools.wraps(func)
    def call(*args: Any, **kwargs: Any) -> Any:
        return func(1, *args, **kwargs)

    signature = inspect.signature(func)
    rest = list(signature.parameters.values())[1:]
    call.__signature__ = signature.replace(parameters=rest)  # type: ignore[attr-defined]
    return call


@numbered
def declared(number: int, item: Item, *cards: Card, **more: Item) -> str:
    return _show(number, item, cards, more)


# -- partial ---------------------------------------------------------------------------


def three(first: int, item: Item, *, card: Card) -> str:
    return _show(first, item, card)


bound_first = functools.partial(three, 1)
bound_last = functools.partial(bound_first, card=Card("0"))


class Shop:
    def __init__(self, name: str) -> None:
        self.name = name

    def sell(self, count: int, item: Item) -> str:
        return _show(self.name, count, item)

    sell_one = functools.partialmethod(sell, 1)

    @functools.lru_cache(maxsize=None)
    def pay(self, card: Card) -> str:
        return _show(self.name, card)

    @classmethod
    def open(cls, item: Item) -> str:
        return _show(cls.__name__, item)

    @staticmethod
    def close(item: Item) -> str:
        return _show(item)


shop = Shop("shop")
sell_two = functools.partial(shop.sell, 2)


# -- objects ---------------------------------------------------------------------------


class Weigh:
    def __call__(self, item: Item) -> str:
        return _show(item)


class Slim:
    """Nobody can refer to it weakly."""

    __slots__ = ()

    def __call__(self, item: Item) -> str:
        return _show(item)


class Secretive:
    """Says yes to whatever it is asked for."""

    def __getattr__(self, name: str) -> Any:
        return self

    def __call__(self, item: Item) -> str:
        return _show(item)


weigh, slim, secretive = Weigh(), Slim(), Secretive()


# -- classes ---------------------------------------------------------------------------


class Basket:
    """Is awaited, since it is a result."""

    def __init__(self, items: List[Item]) -> None:
        self.items = items

    def __await__(self) -> Generator[Any, Any, str]:
        yield from ()
        return _show(self.items)


class Purse:
    def __new__(cls, *cards: Card) -> Any:
        return _show(*cards)


@dataclass
class Delivery:
    item: Item
    card: Card | None = None


@dataclass
class Late(Delivery):
    days: int = 1


@attr.s(auto_attribs=True)
class Gift:
    _item: Item
    card: Card | None = None


class Row(NamedTuple):
    item: Item
    number: int = 1


@dataclass
class Crate(Generic[T]):
    content: T


ItemCrate = Crate[Item]
