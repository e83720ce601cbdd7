"""Values that do not fit an annotation, and how errors spell them."""

from types import NoneType
from typing import Any, Callable, List

Convert = Callable[[Any], Any]
"""Returns the value that an annotation names. Raises Misfit, or what a constructor
raises.
"""

SHOWN = 60
"""How many characters of a value an error shows."""


class Misfit(Exception):
    """A value does not fit. The path to it grows on the way out."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.path: List[str] = []

    def under(self, step: str) -> "Misfit":
        """Prepends a step to the path."""
        self.path.insert(0, step)
        return self

    def __str__(self) -> str:
        return f"{''.join(self.path)}: {self.text}"


def mismatch(expected: str, got: Any) -> Misfit:
    return Misfit(f"expected {expected}, got {name_of(type(got))}")


def at(place: str, convert: Convert, x: Any) -> Any:
    """Returns `convert(x)`. A Misfit gets `place` in its path."""
    try:
        return convert(x)
    except Misfit as error:
        raise error.under(place)


def name_of(hint: Any) -> str:
    """Returns how Python spells a type, without its module."""
    if hint is None or hint is NoneType:
        return "None"
    return str(getattr(hint, "__qualname__", hint)).rpartition(".<locals>.")[2]


def shown(x: Any) -> str:
    try:
        text = repr(x)
    except Exception:
        text = f"<{name_of(type(x))}>"
    return text if len(text) <= SHOWN else text[:SHOWN] + "..."
