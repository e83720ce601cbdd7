"""Models of pydantic 1, which is in 2 as well."""

# To mypy its models are Any.
# mypy: disable-error-code="no-any-return, no-redef"

from __future__ import annotations

import dataclasses
from typing import Any, Dict, List, NamedTuple, Optional, Union

import attr

try:
    from pydantic.v1 import BaseModel, Field
except ImportError:
    from pydantic import BaseModel, Field


class Line(BaseModel):
    price: float = Field(alias="Price")
    count: int = 1

    class Config:
        extra = "forbid"


class Open(BaseModel):
    id: int = Field(alias="ID")
    note: Any = None
    secret: int = Field(default=0, exclude=True)

    class Config:
        extra = "allow"


class Lines(BaseModel):
    __root__: List[Line]


@dataclasses.dataclass
class Counter:
    step: int
    count: int = dataclasses.field(init=False, default=0)

    def counted(self) -> Counter:
        self.count += self.step
        return self


@attr.s(auto_attribs=True)
class Point:
    x: float
    _y: float = 0.5


class Placed(NamedTuple):
    line: Line
    place: int


class Everything(BaseModel):
    line: Line
    lines: List[Line] = []
    by_name: Dict[str, Line] = {}
    root: Optional[Lines] = None
    either: Union[Open, Line, None] = None
    counter: Optional[Counter] = None
    point: Optional[Point] = None
    placed: Optional[Placed] = None

    class Config:
        arbitrary_types_allowed = True
        extra = "forbid"


def make(expression: str) -> Any:
    """Returns a model, or what has some."""
    return eval(expression)


def _is(x: Any, expression: str) -> bool:
    expected = eval(expression)
    assert (type(x), x) == (type(expected), expected), x
    return True


def line(x: Line, expected: str) -> bool:
    return _is(x, expected)


def opened(x: Open, expected: str) -> bool:
    return _is(x, expected)


def lines(x: Lines, expected: str) -> bool:
    return _is(x, expected)


def everything(x: Everything, expected: str) -> bool:
    return _is(x, expected)
