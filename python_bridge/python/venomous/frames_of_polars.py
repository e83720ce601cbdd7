"""What `venomous.frames` needs to know about polars."""

import re
from typing import Any, Callable, Dict, Hashable

import numpy
import polars

from venomous.frames import NoTwin, is_masked, mask_of, masked

_NUMBERS = re.compile(r"U?Int(8|16|32|64)|Float(16|32|64)")
_TIMES = ("Date", "Datetime", "Duration")


def twin_of(x: Any) -> Any:
    columns = x.get_columns() if isinstance(x, polars.DataFrame) else [x]
    return {column.name: _column_of(column) for column in columns}


def _column_of(series: Any) -> Any:
    name = str(series.dtype)
    base = name.partition("(")[0]
    if _NUMBERS.fullmatch(base) or base == "Boolean":
        if not series.null_count():
            return _to_numpy(series)
        nothing = False if base == "Boolean" else 0
        return masked(_to_numpy(series.fill_null(nothing)), _to_numpy(series.is_null()))
    if base in _TIMES and getattr(series.dtype, "time_zone", None) is None:
        return _to_numpy(series)
    if _has_nanoseconds(series, name):
        raise NoTwin(
            f"is a column of {name} with nanoseconds, which Python's times lack",
            series.name,
        )
    return series.to_list()


def _to_numpy(series: Any) -> Any:
    # Polars before 0.20 has its own array class.
    return numpy.asarray(series.to_numpy())


def _has_nanoseconds(series: Any, name: str) -> bool:
    """Returns whether a list of its values could lose nanoseconds."""
    if "'ns'" not in name and not re.search(r"\bTime\b", name):
        return False
    if name != "Time" and not name.startswith("Datetime"):
        return True
    return bool((series.dt.nanosecond() % 1000 != 0).any())


# -- the way back ----------------------------------------------------------------------


def frames() -> Dict[Any, Callable[[Dict[Any, Any]], Any]]:
    return {polars.DataFrame: _frame}


def series() -> Dict[Any, Callable[[Hashable, Any], Any]]:
    return {polars.Series: _series}


def _frame(columns: Dict[Any, Any]) -> Any:
    return polars.DataFrame([_series(name, column) for name, column in columns.items()])


def _series(name: Any, column: Any) -> Any:
    if not is_masked(column):
        return polars.Series(name, column)
    mask = polars.Series(mask_of(column))
    return polars.Series(name, column.data).set(mask, None)
