"""What `venomous.frames` needs to know about pyarrow."""

from typing import Any, Callable, Dict, Hashable, Optional

import pyarrow

from venomous.frames import NoTwin, add, is_masked, mask_of, masked


def twin_of(x: Any) -> Any:
    if not isinstance(x, (pyarrow.Table, pyarrow.RecordBatch)):
        return column_of(x, None)
    columns: Dict[Any, Any] = {}
    for name, column in zip(x.schema.names, x.columns):
        add(columns, name, column_of(column, name))
    return columns


def column_of(column: Any, label: Optional[Hashable]) -> Any:
    kind = column.type
    if pyarrow.types.is_dictionary(kind):
        return column_of(column.cast(kind.value_type), label)
    is_bool = pyarrow.types.is_boolean(kind)
    if is_bool or pyarrow.types.is_integer(kind) or pyarrow.types.is_floating(kind):
        if not column.null_count:
            return _to_numpy(column)
        filled = column.fill_null(False if is_bool else 0)
        return masked(_to_numpy(filled), _to_numpy(column.is_null()))
    if _is_time_without_zone(kind):
        return _to_numpy(column)
    if _loses_nanoseconds(column, kind):
        raise NoTwin(f"is a column of {kind} with nanoseconds, which no time has", label)
    try:
        return column.to_pylist()
    except ValueError as error:
        raise NoTwin(f"is a column of {kind}: {error}", label) from None


def _loses_nanoseconds(column: Any, kind: Any) -> bool:
    """Returns whether `to_pylist` would cut something off, which it does not report for
    times.
    """
    if not pyarrow.types.is_time64(kind) or kind.unit != "ns":
        return any(
            _has_nanoseconds(kind.field(i).type) for i in range(kind.num_fields)
        )
    values = column.drop_null().cast("int64").to_numpy(zero_copy_only=False)
    return bool((values % 1000).any())


def _has_nanoseconds(kind: Any) -> bool:
    """Returns whether there may be some within lists, structs and maps."""
    if pyarrow.types.is_time64(kind):
        return bool(kind.unit == "ns")
    return any(_has_nanoseconds(kind.field(i).type) for i in range(kind.num_fields))


def _is_time_without_zone(kind: Any) -> bool:
    types = pyarrow.types
    if types.is_timestamp(kind):
        return kind.tz is None
    return bool(types.is_date(kind) or types.is_duration(kind))


def _to_numpy(column: Any) -> Any:
    if isinstance(column, pyarrow.ChunkedArray):
        if column.num_chunks != 1:
            return column.to_numpy()
        column = column.chunk(0)
    return column.to_numpy(zero_copy_only=False)


# -- the way back ----------------------------------------------------------------------


def frames() -> Dict[Any, Callable[[Dict[Any, Any]], Any]]:
    return {
        pyarrow.Table: lambda columns: pyarrow.table(_arrays(columns)),
        pyarrow.RecordBatch: lambda columns: pyarrow.RecordBatch.from_pydict(
            _arrays(columns)
        ),
    }


def series() -> Dict[Any, Callable[[Hashable, Any], Any]]:
    return {
        pyarrow.Array: lambda _, column: _array(column),
        pyarrow.ChunkedArray: lambda _, column: pyarrow.chunked_array([_array(column)]),
    }


def _arrays(columns: Dict[Any, Any]) -> Dict[Any, Any]:
    return {name: _array(column) for name, column in columns.items()}


def _array(column: Any) -> Any:
    if is_masked(column):
        return pyarrow.array(column.data, mask=mask_of(column))
    return pyarrow.array(column)
