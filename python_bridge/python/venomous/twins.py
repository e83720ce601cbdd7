"""Restores the type that an annotation names to a value that travels as another type.

A Counter travels as a dict, for example: see docs/values.md.
"""

import sys
import typing
from collections import Counter, OrderedDict, defaultdict, deque
from types import MemberDescriptorType
from typing import Any, Callable, NamedTuple, Optional

from venomous import frames
from venomous.annotations import bare, class_of
from venomous.misfits import Convert, Misfit, mismatch, name_of, shown


class Twin(NamedTuple):
    """How to make the type that an annotation names from the value that has arrived."""

    cls: Any
    hint: Any
    """The type that must arrive, unless it is an instance of `cls`."""
    make: Convert


def twin_of(hint: Any) -> Optional[Twin]:
    """Returns None if the type that `hint` names travels as itself."""
    cls = class_of(hint)
    if any(cls is collection for collection in _COLLECTIONS):
        return _collection(cls, typing.get_args(hint))
    make = _maker_for_array(cls, hint) or frames.converter_of(cls)
    if make is None and _is_struct_sequence(cls):
        make = _struct_sequence(cls)
    return Twin(cls, Any, make) if make else None


# -- collections -----------------------------------------------------------------------

_COLLECTIONS = (Counter, OrderedDict, defaultdict, deque)
_LIST: Any = list
_DICT: Any = dict


def _collection(cls: Any, parts: Any) -> Twin:
    if cls is deque:
        return Twin(cls, _LIST[parts or (Any,)], deque)
    if cls is Counter:
        return Twin(cls, _DICT[parts[0] if parts else Any, int], Counter)
    key, value = parts or (Any, Any)
    hint = _DICT[key, value]
    if cls is OrderedDict:
        return Twin(cls, hint, OrderedDict)
    # The annotation does not say which function makes missing values, but usually it is
    # the type.
    factory = class_of(bare(value))
    is_builtin = isinstance(factory, type) and factory.__module__ == "builtins"
    return Twin(cls, hint, lambda x: defaultdict(factory if is_builtin else None, x))


# -- arrays ----------------------------------------------------------------------------


def _maker_for_array(cls: Any, hint: Any) -> Optional[Convert]:
    if cls is _loaded("array", "array"):
        return _standard_array
    numpy = sys.modules.get("numpy")
    if numpy is None:
        return None
    if cls is numpy.recarray or cls is numpy.matrix:
        return _of_array(cls, lambda x: x.view(cls))
    if cls is _loaded("numpy.ma", "MaskedArray"):
        return _of_array(cls, cls)
    if cls is numpy.ndarray and (dtype := _dtype_of_somebody_else(hint)) is not None:
        return _of_array(cls, lambda x: _narrowed(x, dtype))
    return None


def _loaded(module: str, name: str) -> Any:
    return getattr(sys.modules.get(module), name, _NOTHING)


_NOTHING = object()


def _of_array(cls: Any, make: Callable[[Any], Any]) -> Convert:
    numpy = sys.modules["numpy"]

    def convert(x: Any) -> Any:
        if not isinstance(x, numpy.ndarray):
            raise mismatch(name_of(cls), x)
        return make(x)

    return convert


def _standard_array(x: Any) -> Any:
    numpy, array = sys.modules.get("numpy"), sys.modules["array"]
    if isinstance(x, memoryview) and x.ndim == 1 and x.format in array.typecodes:
        return array.array(x.format, x.tobytes())
    if numpy is None or not isinstance(x, numpy.ndarray):
        raise mismatch("array", x)
    if x.ndim != 1 or not x.dtype.isnative or x.dtype.char not in array.typecodes:
        got = f"ndarray of {x.ndim} dimensions and {x.dtype}"
        raise Misfit(f"expected array, got {got}")
    return array.array(x.dtype.char, x.tobytes())


def _dtype_of_somebody_else(hint: Any) -> Any:
    """Returns the dtype that an annotation names, None if it is numpy's own."""
    numpy = sys.modules["numpy"]
    for part in typing.get_args(hint)[1:2]:
        for scalar in typing.get_args(part):
            if isinstance(scalar, type) and issubclass(scalar, numpy.generic):
                dtype = numpy.dtype(scalar)
                return dtype if dtype.isbuiltin == 2 else None
    return None


def _narrowed(x: Any, dtype: Any) -> Any:
    """Returns the same numbers as `dtype`, which may not be able to hold them all."""
    if x.dtype == dtype:
        return x
    result = x.astype(dtype)
    back = result.astype(x.dtype)
    if not ((back == x) | ((back != back) & (x != x))).all():
        raise Misfit(f"expected {dtype}, got numbers of {x.dtype} that it cannot hold")
    return result


# -- struct sequences ------------------------------------------------------------------


def _is_struct_sequence(cls: Any) -> bool:
    return (
        isinstance(cls, type)
        and issubclass(cls, tuple)
        and type(getattr(cls, "n_sequence_fields", None)) is int
        and type(getattr(cls, "n_unnamed_fields", None)) is int
    )


def _struct_sequence(cls: Any) -> Convert:
    """Takes the elements, or the fields by name, as the class sends them."""
    size: int = cls.n_sequence_fields

    def convert(x: Any) -> Any:
        if isinstance(x, cls):
            return x
        if not isinstance(x, (dict, list, tuple)):
            raise mismatch(name_of(cls), x)
        try:
            return cls(*_parts_by_name(cls, size, x)) if type(x) is dict else cls(x)
        except TypeError as error:
            raise Misfit(f"expected {name_of(cls)}, but {error}") from None

    return convert


def _parts_by_name(cls: Any, size: int, x: Any) -> Any:
    """Returns the elements, and the attributes that are not elements."""
    rest = dict(x)
    names = iter(cls.__match_args__)
    elements = []
    for i in range(size):
        name = f"_{i}" if f"_{i}" in rest else next(names, f"_{i}")
        if name not in rest:
            raise Misfit(f'missing field "{name}"')
        elements.append(rest.pop(name))
    for name in rest:
        if type(vars(cls).get(name)) is not MemberDescriptorType:
            raise Misfit(f"unknown field {shown(name)}")
    return elements, rest
