"""Records whose annotations are strings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Dict, NewType, NotRequired, Tuple, TypedDict, Union

UserId = NewType("UserId", int)


class Note(TypedDict):
    text: str
    pages: NotRequired[int]


@dataclass
class Entry:
    where: Tuple = ()  # type: ignore[type-arg]
    who: Union[float, UserId] = 0.0


def note(x: Note) -> str:
    return repr(x)


def entry(x: Entry) -> str:
    return repr(x)


def by_number(x: Dict[int, Entry]) -> int:
    return len(x)
