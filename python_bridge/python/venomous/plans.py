"""Converts the arguments of a call to the types that the annotations of its function
name.

The bridge calls `plan_of` once for each function. Parameters whose annotations name no
record, no Enum and no tensor stay as they are.
"""

from typing import Any, Callable, Dict, List, Mapping, Optional

from venomous._bridge import Undecodable
from venomous.annotations import Unresolved
from venomous.callables import Parameters, parameters_of
from venomous.misfits import Convert, Misfit, at
from venomous.records import Planner

Plan = Callable[[List[Any], Dict[str, Any]], None]
"""Converts arguments in place, positional and keyword ones."""


def plan_of(target: Any, skipped: int) -> Optional[Plan]:
    """Returns how to convert arguments of `target`, None if there is nothing to do.

    The first `skipped` parameters already have their arguments.
    """
    try:
        parameters = parameters_of(target, skipped)
    except MemoryError:
        raise
    except Exception:
        return None  # The object resists inspection.
    if parameters is None:
        return None
    planner = Planner()
    converts = {
        name: _or_none(convert) if name in parameters.optional else convert
        for name, hint in parameters.hints.items()
        if (convert := _convert_of(planner, name, hint)) is not None
    }
    return _Arguments(parameters, converts) if converts else None


def _or_none(convert: Convert) -> Convert:
    return lambda x: None if x is None else convert(x)


def _convert_of(planner: Planner, name: str, hint: Any) -> Optional[Convert]:
    try:
        return planner.convert_of(hint) if planner.is_converted(hint) else None
    except MemoryError:
        raise
    except Exception as error:
        return planner.convert_of(Unresolved(hint, name, repr(error)))


class _Arguments:
    """Converts the arguments of one function."""

    def __init__(self, parameters: Parameters, converts: Mapping[str, Convert]) -> None:
        self._parameters = parameters
        self._converts = converts

    def __call__(self, args: List[Any], kwargs: Dict[str, Any]) -> None:
        names, known, more, more_by_name, *_ = self._parameters
        converts = self._converts
        try:
            for i, (name, arg) in enumerate(zip(names, args)):
                if convert := converts.get(name):
                    args[i] = at(name, convert, arg)
            if convert := converts.get(more):
                for i in range(len(names), len(args)):
                    args[i] = at(f"{more}[{i - len(names)}]", convert, args[i])
            for name, arg in kwargs.items():
                key = name if name in known else more_by_name
                if convert := converts.get(key):
                    kwargs[name] = at(name, convert, arg)
        except Misfit as error:
            raise Undecodable(str(error)) from None
