"""Evaluates annotations, each on its own, and takes them apart."""

import builtins
import sys
import typing
from types import FunctionType, SimpleNamespace, UnionType
from typing import Any, Dict, ForwardRef, Iterator, List, Mapping, Tuple

_LOCAL = "<locals>"

Scope = Dict[str, Any]
"""The names that an annotation may use."""


class Unresolved:
    """Stands for an annotation that cannot be evaluated.

    Usually because it uses a name that exists only for the type checker.
    """

    def __init__(self, annotation: Any, place: str, reason: str) -> None:
        self.text = str(getattr(annotation, "__forward_arg__", annotation))
        self.place = place
        self._reason = reason

    def __str__(self) -> str:
        return (
            f"the annotation {self.text!r} of {self.place} cannot be evaluated: "
            f"{self._reason}"
        )


def evaluate(annotation: Any, scope: Scope, place: str) -> Any:
    """Returns the hint that `annotation` evaluates to, or Unresolved.

    `place` is the name of the annotated parameter or field for Unresolved.
    """
    try:
        if isinstance(annotation, str):
            # As in a class, which permits all qualifiers.
            annotation = ForwardRef(annotation, is_argument=False, is_class=True)
        holder = SimpleNamespace(__annotations__={"x": annotation})
        return typing.get_type_hints(holder, {}, scope, include_extras=True)["x"]
    except MemoryError:
        raise
    except Exception as error:
        return Unresolved(annotation, place, str(error))


def _scope(module: Any, of_class: Mapping[str, Any], local: Mapping[str, Any]) -> Scope:
    """Returns the names of a module, and those around a class or function in it.

    The names of a class come last: a field may have the name of its type.
    """
    of_module = getattr(sys.modules.get(module), "__dict__", {})
    return {**of_class, **vars(builtins), **of_module, **local}


# -- of functions ----------------------------------------------------------------------


def annotations_of(x: Any) -> Dict[str, Any]:
    """Returns the annotations of a function or class, as they are written.

    For a class, these do not include those of its bases. After `typing.no_type_check`
    there are none.
    """
    if getattr(x, "__no_type_check__", False):
        return {}
    if sys.version_info >= (3, 14):
        import annotationlib

        return annotationlib.get_annotations(x, format=annotationlib.Format.FORWARDREF)
    found = vars(x).get("__annotations__") if isinstance(x, type) else x.__annotations__
    return found or {}


def scope_of_function(func: FunctionType) -> Scope:
    """Returns the names around a function: those of its class and of its closure."""
    local = {x.__name__: x for x in getattr(func, "__type_params__", ())}
    for name, cell in zip(func.__code__.co_freevars, func.__closure__ or ()):
        try:
            local[name] = cell.cell_contents
        except ValueError:
            pass  # Not assigned yet.
    return _scope(None, _class_around(func), {**func.__globals__, **local})


def _class_around(func: FunctionType) -> Mapping[str, Any]:
    """Returns the names in the class that a method is defined in."""
    found: Any = sys.modules.get(func.__module__)
    for name in func.__qualname__.split(".")[:-1]:
        found = getattr(found, name, None)
    if not isinstance(found, type):
        return {}
    return vars(found)


# -- of classes ------------------------------------------------------------------------


def written_annotations(cls: type) -> Dict[str, Any]:
    """Returns the annotations of a class and its bases, as they are written."""
    return {
        name: annotation
        for base in reversed(cls.__mro__)
        for name, annotation in annotations_of(base).items()
    }


def hints_of_class(hint: Any) -> Dict[str, Any]:
    """Returns the hints of the attributes of a class, or of an alias of a generic one.

    Each annotation is evaluated in the module of the class that contains it.
    """
    cls = class_of(hint)
    bindings = dict(_bindings_of(hint))
    if dict in cls.__bases__:  # A TypedDict has the annotations of all its bases.
        everything: Dict[Any, Any] = {}
        for binding in reversed(bindings.values()):
            everything.update(binding)
        bindings[cls] = everything
    hints: Dict[str, Any] = {}
    for base in reversed(cls.__mro__):
        annotations = annotations_of(base)
        scope = scope_of_class(base) if annotations else {}
        for name, annotation in annotations.items():
            place = f"{name} in {base.__module__}.{base.__qualname__}"
            found = evaluate(annotation, scope, place)
            if type(found).__name__ == "InitVar":
                found = evaluate(found.type, scope, place)
            hints[name] = substituted(found, bindings.get(base, {}))
    return hints


def scope_of_class(cls: type) -> Scope:
    local = {x.__name__: x for x in getattr(cls, "__type_params__", ())}
    if _LOCAL in cls.__qualname__:
        # Its name is known nowhere else, and the class may contain itself.
        local[cls.__name__] = cls
    return _scope(cls.__module__, vars(cls), local)


def _bindings_of(hint: Any) -> Iterator[Tuple[type, Dict[Any, Any]]]:
    """Yields the bindings of type variables for a class and each of its bases."""
    cls, args = class_of(hint), typing.get_args(hint)
    if not isinstance(cls, type):
        return
    binding = dict(zip(getattr(cls, "__parameters__", ()), args))
    yield cls, binding
    for base in vars(cls).get("__orig_bases__", cls.__bases__):
        yield from _bindings_of(substituted(base, binding))


# -- their parts -----------------------------------------------------------------------


def substituted(hint: Any, binding: Mapping[Any, Any]) -> Any:
    """Returns `hint` with its type variables replaced by what they stand for."""
    if isinstance(hint, typing.TypeVar):
        return binding.get(hint, hint)
    variables = getattr(hint, "__parameters__", ())
    if isinstance(hint, type) or not any(x in binding for x in variables):
        return hint
    try:
        return hint[tuple(binding.get(x, x) for x in variables)]
    except TypeError:
        return hint


def bare(hint: Any) -> Any:
    """Strips qualifiers, and resolves names."""
    hint = without_qualifiers(hint)
    while (meant := meaning_of(hint)) is not None:
        hint = without_qualifiers(meant)
    return hint


def without_qualifiers(hint: Any) -> Any:
    """Strips everything that says nothing about the value."""
    while True:
        origin = typing.get_origin(hint)
        if isinstance(hint, typing.NewType):
            hint = hint.__supertype__
        elif origin is typing.Annotated:
            hint = hint.__origin__
        elif getattr(origin, "_name", "") in _QUALIFIERS:
            hint = typing.get_args(hint)[0]
        else:
            return hint


_QUALIFIERS = ("Final", "ClassVar", "Required", "NotRequired", "ReadOnly")


def meaning_of(hint: Any) -> Any:
    """Returns the meaning of a name of the type checker, which may contain that name.

    That is an alias of `type X = ...`, or a type variable with a bound or constraints.
    None for other hints.
    """
    if isinstance(hint, typing.TypeVar):
        return _limit_of(hint)
    if type(class_of(hint)).__name__ != "TypeAliasType":
        return None
    try:
        value = hint.__value__
    except NameError as error:
        return Unresolved(hint, f"the type {hint}", str(error))
    variables = class_of(hint).__type_params__
    return substituted(value, dict(zip(variables, typing.get_args(hint))))


def _limit_of(variable: typing.TypeVar) -> Any:
    try:
        if variable.__constraints__:
            return typing.Union[variable.__constraints__]
        bound = variable.__bound__
    except NameError as error:
        return Unresolved(variable, f"the type variable {variable}", str(error))
    if bound is None:
        return None
    scope = _scope(variable.__module__, {}, {})
    return evaluate(bound, scope, f"the type variable {variable}")


def is_union(hint: Any) -> bool:
    origin = typing.get_origin(hint)
    return origin is typing.Union or origin is UnionType


def options_of(union: Any) -> List[Any]:
    """Returns the types that a value may have, including those of nested unions."""
    if not is_union(bare(union)):
        return [union]
    return [x for part in typing.get_args(bare(union)) for x in options_of(part)]


def parts_of(hint: Any) -> Tuple[Any, ...]:
    """Returns the types within a container or union."""
    return tuple(x for x in typing.get_args(hint) if not isinstance(x, list))


def class_of(hint: Any) -> Any:
    return typing.get_origin(hint) or hint


def key_of(hint: Any) -> Any:
    """Returns a dict key for `hint`: metadata within it may not be hashable."""
    try:
        hash(hint)
    except TypeError:
        return repr(hint)
    return hint
