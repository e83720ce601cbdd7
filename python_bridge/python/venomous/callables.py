"""The parameters of callables, and what their annotations mean."""

import functools
import sys
import typing
from types import FunctionType, MethodType
from typing import Any, Dict, FrozenSet, Iterator, Mapping, NamedTuple, Optional, Tuple

from venomous.annotations import (
    Scope,
    annotations_of,
    class_of,
    evaluate,
    scope_of_function,
    written_annotations,
)
from venomous.models import is_model
from venomous.record_classes import fields_of, is_record

_WRAPPERS = 100
"""The maximum number of wrappers around a function."""


class Parameters(NamedTuple):
    positional: Tuple[str, ...]
    """Those that take positional arguments."""

    named: FrozenSet[str]
    """Those that take keyword arguments."""

    rest: str
    """The one that takes further positional arguments, "" if there is none."""

    rest_by_name: str
    hints: Mapping[str, Any]

    optional: FrozenSet[str] = frozenset()
    """Those whose default is None, which is thus a valid value."""


def parameters_of(target: Any, skipped: int) -> Optional[Parameters]:
    """Returns the parameters of `target`, None if they are unknown.

    The first `skipped` ones already have their arguments.
    """
    for _ in range(_WRAPPERS):
        if isinstance(class_of(target), type):
            return _parameters_of_class(target, skipped)
        if isinstance(target, functools.partial):
            target, skipped = target.func, skipped + len(target.args)
        elif isinstance(target, MethodType):
            target, skipped = target.__func__, skipped + 1
        elif "__signature__" in getattr(target, "__dict__", ()):
            return _declared_parameters(target, skipped)
        elif _is_wrapper(target) and _passes_on(target, skipped):
            target = target.__wrapped__
        elif isinstance(target, FunctionType):
            return _parameters_of_function(target, skipped)
        elif isinstance(call := getattr(type(target), "__call__"), FunctionType):
            target, skipped = call, skipped + 1
        else:
            return None
    return None


def _is_wrapper(target: Any) -> bool:
    """Returns whether `target` is a wrapper, without calling its `__getattr__`."""
    places = (getattr(target, "__dict__", ()), *map(vars, type(target).__mro__))
    return any("__wrapped__" in place for place in places)


def _passes_on(wrapper: Any, skipped: int) -> bool:
    """Returns whether a wrapper has the same parameters as the function that it wraps.
    """
    if not isinstance(wrapper, FunctionType):
        return True
    wrapped = getattr(vars(wrapper).get("__wrapped__"), "__code__", None)
    own = wrapper.__code__.co_varnames[skipped : wrapper.__code__.co_argcount]
    return not own or own == getattr(wrapped, "co_varnames", ())[skipped:][: len(own)]


# -- functions -------------------------------------------------------------------------


def _parameters_of_function(func: FunctionType, skipped: int) -> Parameters:
    code = func.__code__
    last = code.co_argcount + code.co_kwonlyargcount
    rest = iter(code.co_varnames[last:])
    return Parameters(
        code.co_varnames[skipped : code.co_argcount],
        frozenset(code.co_varnames[code.co_posonlyargcount : last]),
        next(rest) if code.co_flags & 0x04 else "",
        next(rest) if code.co_flags & 0x08 else "",
        _hints_of(func, annotations_of(func)),
        frozenset(_without_value(func)),
    )


def _without_value(func: FunctionType) -> Iterator[str]:
    """Yields the parameters whose default is None."""
    code, defaults = func.__code__, func.__defaults__ or ()
    with_default = code.co_varnames[: code.co_argcount][-len(defaults) or None :]
    pairs = (*zip(with_default, defaults), *(func.__kwdefaults__ or {}).items())
    return (name for name, default in pairs if default is None)


def _hints_of(func: FunctionType, annotations: Mapping[str, Any]) -> Dict[str, Any]:
    scope = scope_of_function(func) if annotations else {}
    return {
        name: evaluate(x, scope, f"{name} in {func.__module__}.{func.__qualname__}")
        for name, x in annotations.items()
        if name != "return"
    }


def _declared_parameters(target: Any, skipped: int) -> Optional[Parameters]:
    """For a target whose `__signature__` differs from the parameters of its code."""
    signature, func = target.__signature__, target
    for _ in range(_WRAPPERS):
        if not _is_wrapper(func):
            break
        func = func.__wrapped__
    inspect = sys.modules.get("inspect")
    if inspect is None or not isinstance(signature, inspect.Signature):
        return None
    if not isinstance(func, FunctionType):
        return None
    parameters = list(signature.parameters.values())
    by_kind: Dict[int, list[str]] = {}
    for x in parameters:
        by_kind.setdefault(int(x.kind), []).append(x.name)
    only_by_position, either, rest, named, rest_by_name = (
        by_kind.get(kind, []) for kind in range(5)
    )
    return Parameters(
        tuple([*only_by_position, *either][skipped:]),
        frozenset([*either, *named]),
        "".join(rest),
        "".join(rest_by_name),
        _hints_of(
            func,
            {x.name: x.annotation for x in parameters if x.annotation is not x.empty},
        ),
        frozenset(x.name for x in parameters if x.default is None),
    )


# -- classes ---------------------------------------------------------------------------


def _parameters_of_class(hint: Any, skipped: int) -> Optional[Parameters]:
    """For a class, or an alias of a generic one, that is called as a function."""
    cls = class_of(hint)
    if is_model(cls):
        return None  # Models convert their arguments themselves.
    constructor = _constructor_of(cls)
    found = parameters_of(constructor, skipped + 1)
    if not is_record(cls):
        return found
    fields = {x.argument: x for x in fields_of(hint) if x.argument is not None}
    if found is None:
        hints = {name: x.hint for name, x in fields.items()}
        return Parameters((*hints,)[skipped:], frozenset(hints), "", "", hints)
    # A generated constructor has the annotations of fields, but not their scope.
    written = written_annotations(cls)
    annotations = getattr(constructor, "__annotations__", {})
    same = {
        name: x.hint
        for name, x in fields.items()
        if name in annotations and annotations[name] == written.get(x.name)
    }
    return found._replace(hints={**found.hints, **same})


def _constructor_of(cls: type) -> Any:
    for base in cls.__mro__:
        for name in ("__init__", "__new__"):
            if found := vars(base).get(name):
                return getattr(found, "__func__", found)
    return None
