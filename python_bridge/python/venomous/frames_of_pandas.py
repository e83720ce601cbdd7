"""What `venomous.frames` needs to know about pandas."""

from typing import Any, Callable, Collection, Dict, Hashable, List

import numpy
import pandas

from venomous._bridge import Unencodable
from venomous.frames import NoTwin, add, is_masked, mask_of, masked

UNNAMED = ""
"""The name of the column of a Series without a name."""


def twin_of(x: Any) -> Any:
    if isinstance(x, pandas.DataFrame):
        columns: Dict[Any, Any] = {}
        if len(x.columns) or len(x):
            _add_index(columns, x.index, x.columns)
        for label, series in x.items():
            add(columns, label, _column_of(series, label))
        return columns
    if isinstance(x, pandas.Series):
        columns = {}
        name = UNNAMED if x.name is None else x.name
        _add_index(columns, x.index, [name])
        add(columns, name, _column_of(x, name))
        return columns
    if isinstance(x, pandas.Timestamp):
        if x.nanosecond:
            raise Unencodable("is a Timestamp with nanoseconds, which no datetime has")
        return x.to_pydatetime()
    if x.nanoseconds:
        raise Unencodable("is a Timedelta with nanoseconds, which no timedelta has")
    return x.to_pytimedelta()


# -- labels of rows --------------------------------------------------------------------


def _add_index(columns: Dict[Any, Any], index: Any, taken: Collection[Any]) -> None:
    """Adds the columns that `reset_index` would make of an index.

    There are none if the index just counts from 0. `taken` are the names of the other
    columns.
    """
    if (
        isinstance(index, pandas.RangeIndex)
        and (index.start, index.step, index.name) == (0, 1, None)
    ):
        return
    for level in range(index.nlevels):
        values = index.get_level_values(level)
        label = values.name
        if label is None:
            is_index = index.nlevels == 1 and "index" not in taken
            label = "index" if is_index else f"level_{level}"
        series = values.to_series(index=range(len(values)))
        add(columns, label, _column_of(series, label))


# -- columns ---------------------------------------------------------------------------


def _column_of(series: Any, label: Hashable) -> Any:
    dtype = series.dtype
    if isinstance(dtype, numpy.dtype):
        return series.to_numpy() if dtype.kind != "O" else _objects(series)
    if isinstance(dtype, pandas.StringDtype):
        return _with_none(series)
    if isinstance(dtype, pandas.CategoricalDtype):
        return _categories(series, label)
    if isinstance(dtype, pandas.DatetimeTZDtype):
        return _with_none(series)
    if isinstance(series.array, _NULLABLE):
        data = series.array.to_numpy(dtype=dtype.numpy_dtype, na_value=dtype.type(0))
        return masked(data, series.isna().to_numpy())
    if type(dtype).__name__ == "ArrowDtype":
        from venomous import frames_of_pyarrow

        return frames_of_pyarrow.column_of(series.array.__arrow_array__(), label)
    raise NoTwin(f"is a column of dtype {dtype}: convert it to another one", label)


_NULLABLE = tuple(
    getattr(pandas.arrays, name)
    for name in ("IntegerArray", "FloatingArray", "BooleanArray")
)


def _objects(series: Any) -> List[Any]:
    """Returns None for missing values, which are NaN beside text in pandas 1 and 2."""
    has_text = any(type(x) is str for x in series)
    return [
        None
        if x is pandas.NA or x is pandas.NaT or (has_text and type(x) is float and x != x)
        else x
        for x in series
    ]


def _with_none(series: Any) -> List[Any]:
    missing = series.isna().to_numpy()
    return [None if gone else x for x, gone in zip(series, missing)]


def _categories(series: Any, label: Hashable) -> Any:
    """Returns the values, not their codes."""
    codes = series.cat.codes.to_numpy()
    values = _column_of(series.cat.categories.to_series(), label)
    if isinstance(values, list) or not len(values):
        return [None if code < 0 else values[code] for code in codes]
    return masked(values[codes.clip(0)], codes < 0)


# -- the way back ----------------------------------------------------------------------


def frames() -> Dict[Any, Callable[[Dict[Any, Any]], Any]]:
    return {pandas.DataFrame: _frame}


def series() -> Dict[Any, Callable[[Hashable, Any], Any]]:
    return {pandas.Series: _series}


def _frame(columns: Dict[Any, Any]) -> Any:
    data = {label: _array(column) for label, column in columns.items()}
    return pandas.DataFrame(data, copy=False)


def _series(name: Hashable, column: Any) -> Any:
    return pandas.Series(_array(column), name=None if name == UNNAMED else name)


def _array(column: Any) -> Any:
    """Returns something from which pandas makes the same column."""
    if is_masked(column):
        return _nullable(column.data, mask_of(column))
    if not isinstance(column, numpy.ndarray):
        # Otherwise pandas would turn ints beside None or floats into floats.
        dtype = object if len(set(map(type, column))) > 1 else None
        return pandas.Series(list(column), dtype=dtype) if len(column) else []
    return column


def _nullable(data: Any, mask: Any) -> Any:
    kind = data.dtype.kind
    if kind in "iu":
        return pandas.arrays.IntegerArray(data, mask)
    if kind == "f":
        known = data.dtype.itemsize in (4, 8)
        return pandas.arrays.FloatingArray(data if known else data.astype("f8"), mask)
    if kind == "b":
        return pandas.arrays.BooleanArray(data, mask)
    if kind in "mM":
        return numpy.where(mask, numpy.array("NaT", data.dtype), data)
    return numpy.where(mask, None, data.astype(object))
