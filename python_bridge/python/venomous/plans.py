"""Makes of the arguments of a call what the annotations of its function ask for.

The bridge asks `plan_of` once for each function. Parameters whose annotations name
no record, no Enum and no tensor stay as they are.
"""

import typing
from types import CodeType, FunctionType
from typing import Any, Callable, Dict, List, Mapping, Optional

from venomous._bridge import Undecodable
from venomous.misfits import Convert, Misfit, at
from venomous.records import Planner

Plan = Callable[[List[Any], Dict[str, Any]], None]
"""Converts arguments in place, those by position and those by keyword."""


def plan_of(func: FunctionType, bound: bool) -> Optional[Plan]:
    """Returns how to convert arguments of `func`, None if there is nothing to do.

    If it is `bound` its first parameter is none of the arguments.
    """
    planner = Planner()
    try:
        hints = typing.get_type_hints(func, include_extras=True)
        converts = {
            name: planner.convert_of(hint)
            for name, hint in hints.items()
            if name != "return" and planner.is_converted(hint)
        }
    except MemoryError:
        raise
    except Exception:
        return None  # Names that exist for the type checker only, for example.
    return _Arguments(_code_of(func), bound, converts) if converts else None


def _code_of(func: FunctionType) -> CodeType:
    """Returns the code that has the parameters which the annotations are about."""
    while isinstance(wrapped := getattr(func, "__wrapped__", None), FunctionType):
        func = wrapped
    return func.__code__


class _Arguments:
    """Converts the arguments of one function."""

    def __init__(
        self, code: CodeType, bound: bool, converts: Mapping[str, Convert]
    ) -> None:
        named = code.co_argcount + code.co_kwonlyargcount
        rest = iter(code.co_varnames[named:])
        self._names = code.co_varnames[int(bound) : code.co_argcount]
        self._known = frozenset(code.co_varnames[code.co_posonlyargcount : named])
        self._converts = converts
        self._more = next(rest) if code.co_flags & 0x04 else ""
        self._more_by_name = next(rest) if code.co_flags & 0x08 else ""

    def __call__(self, args: List[Any], kwargs: Dict[str, Any]) -> None:
        try:
            for i, (name, arg) in enumerate(zip(self._names, args)):
                if convert := self._converts.get(name):
                    args[i] = at(name, convert, arg)
            if convert := self._converts.get(self._more):
                for i in range(len(self._names), len(args)):
                    place = f"{self._more}[{i - len(self._names)}]"
                    args[i] = at(place, convert, args[i])
            for name, arg in kwargs.items():
                key = name if name in self._known else self._more_by_name
                if convert := self._converts.get(key):
                    kwargs[name] = at(name, convert, arg)
        except Misfit as error:
            raise Undecodable(str(error)) from None
