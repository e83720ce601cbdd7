"""Converts frames to dicts of columns, and dicts of columns to frames.

A column is an array if it has numbers, bools, or times without a zone, and a masked
array if some of its numbers are missing. Otherwise it is a list, with None for missing
values. A program that has a frame has imported its library, so nothing here imports
one.
"""

import importlib
import sys
from types import ModuleType
from typing import Any, Dict, Hashable, Optional

from venomous._bridge import Unencodable
from venomous.misfits import Convert, Misfit, mismatch, name_of, shown

_MODULES = {
    "pandas": "venomous.frames_of_pandas",
    "polars": "venomous.frames_of_polars",
    "pyarrow": "venomous.frames_of_pyarrow",
}
"""Each has `twin_of`, and `frames` and `series`, which make objects of classes."""


class NoTwin(Unencodable):
    """The column `label` of a frame has no twin."""

    def __init__(self, text: str, label: Hashable) -> None:
        super().__init__(text)
        self.label = label


def twin_of(x: Any) -> Any:
    """Returns the columns of a frame, or the twin of another object of such a library.

    Raises Unencodable.
    """
    module = _module_of(type(x))
    assert module is not None
    return module.twin_of(x)


def add(columns: Dict[Any, Any], label: Hashable, column: Any) -> None:
    if label in columns:
        raise Unencodable(f"is a frame with two columns {label!r}")
    columns[label] = column


def masked(data: Any, mask: Any) -> Any:
    """Returns `data` with `mask`, or just `data` if that masks nothing."""
    import numpy

    return numpy.ma.MaskedArray(data, mask) if mask.any() else data


def is_masked(column: Any) -> bool:
    ma = sys.modules.get("numpy.ma")
    return ma is not None and isinstance(column, ma.MaskedArray)


def mask_of(column: Any) -> Any:
    """Always returns an array of bools."""
    return sys.modules["numpy.ma"].getmaskarray(column)


# -- what annotations ask for ----------------------------------------------------------


def converter_of(cls: Any) -> Optional[Convert]:
    """Returns how to make `cls` from columns, None if `cls` is not of a frame
    library."""
    module = _module_of(cls)
    if module is None:
        return None
    if make := module.frames().get(cls):
        return lambda x: x if isinstance(x, cls) else make(_columns(cls, x))
    for base in getattr(cls, "__mro__", ()):
        if make := module.series().get(base):
            return lambda x: x if isinstance(x, cls) else _made(cls, make, x)
    return None


def _made(cls: Any, make: Any, x: Any) -> Any:
    """Makes a series, whose class may depend on its content."""
    result = make(*_series(cls, x))
    if not isinstance(result, cls):
        raise Misfit(f"expected {name_of(cls)}, got {name_of(type(result))}")
    return result


def _module_of(cls: Any) -> Optional[ModuleType]:
    library = str(getattr(cls, "__module__", "")).partition(".")[0]
    name = _MODULES.get(library)
    return name and library in sys.modules and importlib.import_module(name) or None


def _columns(cls: Any, x: Any) -> Dict[Any, Any]:
    if type(x) is not dict:
        raise mismatch(name_of(cls), x)
    lengths = {}
    for label, column in x.items():
        _check(column, f"[{shown(label)}]")
        lengths[len(column)] = label
    if len(lengths) > 1:
        (n, first), (m, second) = list(lengths.items())[:2]
        raise Misfit(
            f"expected columns of one length, got {shown(first)} of {n} and "
            f"{shown(second)} of {m}"
        )
    return x


def _series(cls: Any, x: Any) -> Any:
    """Returns the name and the column."""
    if type(x) is not dict:
        _check(x, "", name_of(cls))
        return "", x
    if len(x) != 1:
        raise Misfit(f"expected {name_of(cls)}, got dict of {len(x)} columns")
    ((name, column),) = x.items()
    _check(column, f"[{shown(name)}]")
    return name, column


def _check(column: Any, place: str, expected: str = "column") -> None:
    numpy = sys.modules.get("numpy")
    if numpy is not None and isinstance(column, numpy.ndarray):
        if column.ndim != 1:
            got = f"array of {column.ndim} dimensions"
            raise Misfit(f"expected {expected}, got {got}").under(place)
    elif not isinstance(column, (list, tuple)):
        raise mismatch(expected, column).under(place)
