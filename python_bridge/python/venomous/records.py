"""Converts values to the types that annotations name: dicts to records, and everything
in between.

Within a record everything is checked.
"""

import sys
import typing
import warnings
from types import NoneType
from typing import Any, Callable, Dict, FrozenSet, List, Optional, Tuple

from venomous.annotations import (
    Unresolved,
    bare,
    class_of,
    is_union,
    key_of,
    meaning_of,
    options_of,
    parts_of,
    without_qualifiers,
)
from venomous.fitting import Fitting
from venomous.misfits import Convert, Misfit, at, mismatch, name_of, shown
from venomous.models import is_model
from venomous.record_classes import Record, is_record
from venomous.twins import Twin, twin_of

_LISTS = (
    *("list", "Sequence", "MutableSequence"),
    *("Iterable", "Collection", "Container", "Reversible"),
)
_SETS = ("set", "frozenset", "Set", "MutableSet")
_DICTS = ("dict", "Mapping", "MutableMapping")


# -- annotations -----------------------------------------------------------------------


class Planner:
    """Makes conversion functions from annotations, one for each record."""

    def __init__(self) -> None:
        self._named: Dict[Any, Convert] = {}
        self._fitting = Fitting(self)

    def is_converted(self, hint: Any, seen: FrozenSet[Any] = frozenset()) -> bool:
        """Returns whether `hint` contains a type that no argument has by itself."""
        hint = without_qualifiers(hint)
        if (meant := meaning_of(hint)) is not None:
            key = key_of(hint)
            return key not in seen and self.is_converted(meant, seen | {key})
        if typing.get_origin(hint) is typing.Literal:
            return False
        return (
            isinstance(hint, Unresolved)
            or is_record(hint)
            or is_model(hint)
            or _is_enum(hint)
            or _is_tensor(hint)
            or twin_of(hint) is not None
            or any(self.is_converted(part, seen) for part in parts_of(hint))
        )

    def convert_of(self, hint: Any) -> Convert:
        hint = without_qualifiers(hint)
        if (meant := meaning_of(hint)) is not None:
            return self._by_name(hint, lambda: self.convert_of(meant))
        origin, parts = typing.get_origin(hint), typing.get_args(hint)
        if hint is None or hint is NoneType:
            return _convert_none
        if convert := _SCALARS.get(key_of(hint)):
            return convert
        if isinstance(hint, Unresolved):
            return _unresolved(hint)
        if is_union(hint):
            return self._union(options_of(hint))
        if origin is typing.Literal:
            return _literal(parts)
        if is_model(hint):
            return self._by_name(hint, lambda: self._fitting.convert_of(hint))
        if _is_enum(hint):
            return _enum(hint)
        if _is_tensor(hint):
            return _tensor(hint)
        if is_record(hint):
            return self._by_name(hint, lambda: Record(hint, self).convert)
        if twin := twin_of(hint):
            return self._twin(twin)
        if hint is typing.Tuple:
            return _sequence(tuple, lambda x: x)
        return self._container(origin, parts) or _instance(class_of(hint))

    def _by_name(self, hint: Any, make: Callable[[], Convert]) -> Convert:
        key = key_of(hint)
        if key not in self._named:
            # A named type may contain itself.
            self._named[key] = lambda x: self._named[key](x)
            try:
                self._named[key] = make()
            except BaseException:
                del self._named[key]
                raise
        return self._named[key]

    def _twin(self, twin: Twin) -> Convert:
        convert = self.convert_of(twin.hint)
        return lambda x: x if isinstance(x, twin.cls) else twin.make(convert(x))

    def _union(self, parts: List[Any]) -> Convert:
        converts = {key_of(bare(part)): self.convert_of(part) for part in parts}
        real = [part for part in converts if part is not NoneType]
        name = " or ".join(name_of(part) for part in parts)

        def convert(x: Any) -> Any:
            if x is None and NoneType in converts:
                return None
            # An int never becomes a float where there is an alternative for int.
            if convert_it := converts.get(type(x)):
                return convert_it(x)
            if len(real) == 1:
                return converts[real[0]](x)
            for part in real:
                try:
                    return converts[part](x)
                except Misfit:
                    pass
            raise mismatch(name, x)

        return convert

    def _container(self, origin: Any, parts: Tuple[Any, ...]) -> Optional[Convert]:
        name = getattr(origin, "__name__", "") if parts else ""
        if origin is tuple:
            if len(parts) == 2 and parts[1] is Ellipsis:
                return _sequence(tuple, self.convert_of(parts[0]))
            return _tuple([self.convert_of(part) for part in parts if part != ()])
        if name in _LISTS:
            return _sequence(list, self.convert_of(parts[0]))
        if name in _SETS:
            cls = frozenset if name == "frozenset" else set
            return _sequence(cls, self.convert_of(parts[0]))
        if name in _DICTS:
            return _dict(self.convert_of(parts[0]), self.convert_of(parts[1]))
        return None


# -- scalars ---------------------------------------------------------------------------


def _convert_any(x: Any) -> Any:
    return x


def _unresolved(hint: Unresolved) -> Convert:
    """Warns once if a value arrives that may have been meant to be a record."""
    warned = False

    def convert(x: Any) -> Any:
        nonlocal warned
        first = x[0] if type(x) in (list, tuple) and x else x
        if type(first) is dict and not warned:
            warned = True
            warnings.warn(f"{hint}; a dict stays a dict", RuntimeWarning, stacklevel=1)
        return x

    return convert


def _convert_none(x: Any) -> None:
    if x is not None:
        raise mismatch("None", x)


def _convert_float(x: Any) -> float:
    if isinstance(x, float):
        return x
    if _is_scalar("floating", x):
        return float(x)
    if not isinstance(x, int) or isinstance(x, bool):
        raise mismatch("float", x)
    try:
        result = float(x)
    except OverflowError:
        result = 0.0
    if result != x:
        raise Misfit(f"expected float, got int {shown(x)}, which no float is equal to")
    return result


def _convert_int(x: Any) -> int:
    if _is_scalar("integer", x):
        return int(x)
    if not isinstance(x, int) or isinstance(x, bool):
        raise mismatch("int", x)
    return x


def _convert_complex(x: Any) -> complex:
    if isinstance(x, complex):
        return x
    try:
        return complex(_convert_float(x))
    except Misfit:
        raise mismatch("complex", x) from None


def _is_scalar(name: str, x: Any) -> bool:
    """Returns whether `x` is a scalar of numpy, of the abstract class `name`."""
    numpy = sys.modules.get("numpy")
    return numpy is not None and isinstance(x, getattr(numpy, name, ()))


def _instance(cls: Any) -> Convert:
    """For classes without a special meaning, their instances pass."""
    try:
        isinstance(None, cls)
    except TypeError:
        return _convert_any
    name = name_of(cls)

    def convert(x: Any) -> Any:
        if not isinstance(x, cls):
            raise mismatch(name, x)
        return x

    return convert


_SCALARS: Dict[Any, Convert] = {
    Any: _convert_any,
    object: _convert_any,
    int: _convert_int,
    float: _convert_float,
    complex: _convert_complex,
    **{cls: _instance(cls) for cls in (bool, str, bytes)},
}


def _literal(options: Tuple[Any, ...]) -> Convert:
    name = " or ".join(map(repr, options))

    def convert(x: Any) -> Any:
        for option in options:
            if type(option) is type(x) and option == x:
                return x
            value = option.value if _is_enum(type(option)) else option
            if type(value) is type(x) and value == x:
                return option
        raise Misfit(f"expected {name}, got {shown(x)}")

    return convert


def _is_enum(hint: Any) -> bool:
    enum = sys.modules.get("enum")
    return enum is not None and isinstance(hint, enum.EnumMeta)


def _is_flag(cls: Any) -> bool:
    return issubclass(cls, sys.modules["enum"].Flag)


def _enum(cls: Any) -> Convert:
    def convert(x: Any) -> Any:
        if isinstance(x, cls):
            return x
        try:
            found = cls(x)
        except (ValueError, TypeError):
            raise Misfit(f"expected {name_of(cls)}, got {shown(x)}") from None
        value = getattr(found, "value", found)
        # Some flags discard bits that none of their members has.
        if type(value) is not type(x) if value == x else _is_flag(cls):
            raise Misfit(f"expected {name_of(cls)}, got {shown(x)}")
        return found

    return convert


def _is_tensor(hint: Any) -> bool:
    torch = sys.modules.get("torch")
    return torch is not None and hint is getattr(torch, "Tensor", None)


def _tensor(cls: Any) -> Convert:
    from_dlpack = sys.modules["torch"].from_dlpack

    def convert(x: Any) -> Any:
        if isinstance(x, cls):
            return x
        if not hasattr(x, "__dlpack__"):
            raise mismatch("Tensor", x)
        try:
            return from_dlpack(x)
        except BufferError:  # It is not to be written to.
            return from_dlpack(x.copy())

    return convert


# -- containers ------------------------------------------------------------------------


def _elements(convert: Convert, xs: Any) -> List[Any]:
    result: List[Any] = []
    try:
        for x in xs:
            result.append(convert(x))
    except Misfit as error:
        raise error.under(f"[{len(result)}]")
    return result


def _sequence(cls: Any, convert: Convert) -> Convert:
    name = name_of(cls)
    taken = (list, tuple) if cls in (list, tuple) else (list, tuple, cls)
    if cls is set:
        taken = (*taken, frozenset)

    def convert_all(xs: Any) -> Any:
        if not isinstance(xs, taken):
            raise mismatch(name, xs)
        result = _elements(convert, xs)
        try:
            return result if cls is list else cls(result)
        except TypeError as error:
            raise Misfit(f"expected {name}, but {error}") from None

    return convert_all


def _tuple(converts: List[Convert]) -> Convert:
    size = len(converts)

    def convert_all(xs: Any) -> Any:
        if not isinstance(xs, (list, tuple)):
            raise mismatch("tuple", xs)
        if len(xs) != size:
            got = f"{name_of(type(xs))} of {len(xs)}"
            raise Misfit(f"expected tuple of {size}, got {got}")
        pairs = enumerate(zip(converts, xs))
        return tuple(at(f"[{i}]", convert, x) for i, (convert, x) in pairs)

    return convert_all


def _dict(convert_key: Convert, convert: Convert) -> Convert:
    def convert_all(xs: Any) -> Any:
        if not isinstance(xs, dict):
            raise mismatch("dict", xs)
        result = {}
        for key, x in xs.items():
            try:
                result[convert_key(key)] = convert(x)
            except Misfit as error:
                raise error.under(f"[{shown(key)}]")
        if len(result) != len(xs):
            raise Misfit("two keys of a dict become equal")
        return result

    return convert_all
