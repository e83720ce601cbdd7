"""Functions that take what was generated from odd_names.hpp and all_types.hpp."""

from all_types_structs import AllTypes
from odd_structs import Date, Hiding


def same(date: Date) -> Date:
    if not isinstance(date, Date) or not isinstance(date.Hiding[0], Hiding):
        raise TypeError(type(date).__name__)
    return date


def types(x: AllTypes) -> dict[str, str]:
    """Returns of which type each field is."""
    return {name: type(value).__name__ for name, value in vars(x).items()}


def back(x: AllTypes) -> AllTypes:
    return x
