"""Functions to call with records."""

from dataclasses import dataclass
from typing import Any


@dataclass
class Record:
    id: int
    name: str
    price: float
    count: int
    weight: float
    color: str
    is_new: bool
    shelf: int
    maker: str
    rating: float


def identity_of_dicts(x: Any) -> Any:
    return x


def identity_of_records(x: list[Record]) -> list[Record]:
    return x
