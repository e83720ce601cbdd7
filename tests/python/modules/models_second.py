"""Models of pydantic 2, with all that it has and 1 has not."""

# To mypy its decorators are Any.
# mypy: disable-error-code="misc, no-any-return"

from __future__ import annotations

import dataclasses
from typing import (
    Annotated,
    Any,
    Dict,
    FrozenSet,
    Generic,
    List,
    Literal,
    NamedTuple,
    Optional,
    Tuple,
    TypeVar,
    Union,
)

import attr
import pydantic.dataclasses
import venomous
from pydantic import (
    AliasChoices,
    AliasPath,
    BaseModel,
    ConfigDict,
    Field,
    RootModel,
    TypeAdapter,
    computed_field,
    field_validator,
    model_serializer,
)
from typing_extensions import TypedDict

T = TypeVar("T")


class Line(BaseModel):
    model_config = ConfigDict(extra="forbid")

    price: float = Field(alias="Price")
    count: int = 1

    @computed_field
    @property
    def total(self) -> float:
        return self.price * self.count


class Open(BaseModel):
    model_config = ConfigDict(extra="allow")

    id: int = Field(alias="ID")
    note: Any = None

    @computed_field
    @property
    def label(self) -> str:
        return f"no. {self.id}"


class Lines(RootModel[List[Line]]):
    pass


class Names(RootModel[Dict[str, Line]]):
    pass


class Aliases(BaseModel):
    model_config = ConfigDict(extra="forbid")

    first: int = Field(validation_alias=AliasPath("both", 0))
    second: int = Field(validation_alias=AliasPath("both", 1))
    chosen: int = Field(validation_alias=AliasChoices("one", "other"))
    written: int = Field(serialization_alias="Written")


class Swapped(BaseModel):
    a: int = Field(alias="b")
    b: int = Field(alias="a")


class Upper(BaseModel):
    model_config = ConfigDict(alias_generator=str.upper, extra="forbid")

    name: str


class ByName(BaseModel):
    model_config = ConfigDict(populate_by_name=True, extra="forbid")

    name: str = Field(alias="Name")


class Tree(BaseModel):
    model_config = ConfigDict(extra="forbid")

    value: int = Field(alias="Value")
    children: List[Tree] = []

    @computed_field
    @property
    def size(self) -> int:
        return 1 + sum(child.size for child in self.children)


class Cat(BaseModel):
    kind: Literal["cat"] = "cat"
    name: str = Field(alias="Cat")


class Dog(BaseModel):
    kind: Literal["dog"] = "dog"
    name: str = Field(alias="Dog")


class Page(BaseModel, Generic[T]):
    items: List[T]
    first: Optional[T] = None


@dataclasses.dataclass
class Counter:
    step: int
    count: int = dataclasses.field(init=False, default=0)

    def counted(self) -> Counter:
        self.count += self.step
        return self


@dataclasses.dataclass
class Holder:
    line: Line


@attr.s(auto_attribs=True)
class Point:
    x: float
    _y: float = 0.5


class Placed(NamedTuple):
    line: Line
    place: int


class Noted(TypedDict):
    line: Line


@pydantic.dataclasses.dataclass
class Part:
    number: int = Field(alias="Number")
    uses: int = dataclasses.field(init=False, default=0)
    line: Optional[Line] = None

    @computed_field
    @property
    def label(self) -> str:
        return f"part {self.number}"


class Key(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    id: int = Field(alias="ID")


class Everything(BaseModel):
    model_config = ConfigDict(arbitrary_types_allowed=True, extra="forbid")

    line: Line
    lines: List[Line] = []
    by_name: Dict[str, Line] = {}
    pair: Optional[Tuple[Line, int]] = None
    many: Tuple[Line, ...] = ()
    root: Optional[Lines] = None
    pet: Annotated[Union[Cat, Dog, None], Field(discriminator="kind")] = None
    either: Union[Upper, Line, List[Upper], None] = None
    page: Optional[Page[Line]] = None
    counter: Optional[Counter] = None
    point: Optional[Point] = None
    placed: Optional[Placed] = None
    noted: Optional[Noted] = None
    part: Optional[Part] = None
    holder: Optional[Holder] = None
    keys: FrozenSet[Key] = frozenset()
    open: Optional[Open] = None


class Raw(BaseModel):
    """Looks at what it gets before it is a model."""

    lines: List[Line]
    seen: str = ""

    @field_validator("lines", mode="before")
    @classmethod
    def look(cls, lines: Any) -> Any:
        assert all(type(line) is dict for line in lines)
        return lines


class Custom(BaseModel):
    """Has a constructor of its own, which pydantic calls."""

    model_config = ConfigDict(extra="forbid")

    line: Line
    name: str = Field(alias="Name")

    def __init__(self, **fields: Any) -> None:
        super().__init__(**fields)


class Hidden(BaseModel):
    shown: int
    secret: Any = Field(default=None, exclude=True)
    needed: int = Field(exclude=True)


class Said(BaseModel):
    x: int
    y: int

    @model_serializer(mode="wrap")
    def say(self, handler: Any) -> Dict[str, Any]:
        return {**handler(self), "sum": self.x + self.y}


@dataclasses.dataclass
class Bill:
    lines: List[Line]
    root: Optional[Lines] = None


def make(expression: str) -> Any:
    """Returns a model, or what has some."""
    return eval(expression)


def has_all_that_is_dumped(expression: str) -> bool:
    """Returns whether all that pydantic says of a model is sent of it."""
    x = eval(expression)
    dumped = TypeAdapter(type(x)).dump_python(x)
    sent = venomous.unpack(venomous.pack(x))
    return _has(sent, venomous.unpack(venomous.pack(dumped)))


def _has(x: Any, y: Any) -> bool:
    if isinstance(y, dict):
        return all(name in x and _has(x[name], y[name]) for name in y)
    if isinstance(y, (list, tuple)):
        return len(x) == len(y) and all(map(_has, x, y))
    return x == y


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


def names(x: Names, expected: str) -> bool:
    return _is(x, expected)


def aliases(x: Aliases, expected: str) -> bool:
    return _is(x, expected)


def swapped(x: Swapped, expected: str) -> bool:
    return _is(x, expected)


def upper(x: Upper, expected: str) -> bool:
    return _is(x, expected)


def by_name(x: ByName, expected: str) -> bool:
    return _is(x, expected)


def tree(x: Tree, expected: str) -> bool:
    return _is(x, expected)


def page(x: Page[Line], expected: str) -> bool:
    return _is(x, expected)


def part(x: Part, expected: str) -> bool:
    return _is(x, expected)


def raw(x: Raw, expected: str) -> bool:
    return _is(x, expected)


def hidden(x: Hidden, expected: str) -> bool:
    return _is(x, expected)


def said(x: Said, expected: str) -> bool:
    return _is(x, expected)


def bill(x: Bill, expected: str) -> bool:
    return _is(x, expected)


def custom(x: Custom, expected: str) -> bool:
    return _is(x, expected)


def either(x: Union[Upper, Lines, int]) -> str:
    return type(x).__name__


def show(x: Line) -> str:
    return repr(x)


def reveal(x: Hidden) -> str:
    return repr(x)


def endless() -> Any:
    result = Lines.model_construct([])
    result.root = result
    return result
