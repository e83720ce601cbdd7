"""Types with codecs of their own."""

import os
from dataclasses import dataclass
from typing import Any, List, Tuple

import venomous


@dataclass
class Money:
    amount: int
    currency: str

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.amount!r}, {self.currency!r})"


class Coin(Money):
    """Has the encoder of its base."""


class Token(Money):
    """Has one of its own."""


class Purse:
    def __init__(self, content: List[Any]) -> None:
        self.content = content

    def __repr__(self) -> str:
        return f"Purse({self.content!r})"


@dataclass
class Bill:
    money: Money


class Bad:
    pass


class Endless:
    pass


class Forking:
    pass


class Late:
    pass


class Changing:
    def __init__(self, container: List[Any], how: str) -> None:
        self.container = container
        self.how = how


@venomous.encoder(Money)
def encode_money(money: Money) -> Tuple[int, str]:
    return money.amount, money.currency


@venomous.decoder("Money")
def decode_money(parts: Tuple[int, str]) -> Money:
    return Money(*parts)


@venomous.encoder(Token, "token")
def encode_token(money: Token) -> Tuple[int, str]:
    return money.amount, money.currency


@venomous.encoder(Purse)
def encode_purse(purse: Purse) -> List[Any]:
    return purse.content


@venomous.decoder("Purse")
def decode_purse(content: List[Any]) -> Purse:
    return Purse(content)


@venomous.encoder(Bad)
def encode_bad(_bad: Bad) -> None:
    raise ValueError("bad")


@venomous.encoder(Endless)
def encode_endless(endless: Endless) -> Endless:
    return endless


@venomous.encoder(Forking)
def encode_forking(_forking: Forking) -> None:
    os.fork()


@venomous.encoder(Changing)
def encode_changing(changing: Changing) -> None:
    if changing.how == "grow":
        changing.container.append(1)
    else:
        changing.container.clear()


def pack(value: str) -> bytes:
    return venomous.pack(eval(value))


def show_packed(data: bytes) -> str:
    return repr(venomous.unpack(data))


def make(value: str) -> Any:
    return eval(value)


def amount_of(bill: Bill) -> int:
    return bill.money.amount


def changing(how: str) -> Any:
    result: List[Any] = []
    result += [Changing(result, how), 2]
    return result


def register_late() -> None:
    venomous.encoder(Late)(lambda late: None)


def no_type() -> None:
    venomous.encoder(1, "one")(id)  # type: ignore[arg-type]


def no_function() -> None:
    venomous.decoder("x")(1)  # type: ignore[type-var]
