"""Frames of pandas, polars and pyarrow, between Python and C++."""

import datetime
import subprocess
import sys
from decimal import Decimal
from typing import Any, Dict

import numpy as np
import pytest
from conftest import Snake
from venomous import Unencodable, frames, pack, unpack

MISSING = np.ma.MaskedArray([1, 0], mask=[False, True])
UTC = datetime.timezone.utc
VIENNA = "Europe/Vienna"


def through(x: Any) -> Any:
    return unpack(pack([x]))[0]


def check_columns(frame: Any, expected: Dict[Any, Any]) -> None:
    """Checks what arrives of a frame, types too."""
    back = through(frame)
    assert type(back) is dict
    assert list(back) == list(expected)
    for label, column in expected.items():
        got = back[label]
        assert type(got) is type(column), label
        if isinstance(column, np.ndarray):
            assert got.dtype == column.dtype, label
            if isinstance(column, np.ma.MaskedArray):
                assert got.mask.tolist() == np.ma.getmaskarray(column).tolist(), label
        assert repr(got.tolist() if isinstance(got, np.ndarray) else got) == repr(
            column.tolist() if isinstance(column, np.ndarray) else column
        ), label


def refused(snake: Snake, arg: Any) -> str:
    answer = snake.attempt("framed", "shown", arg)
    assert answer.kind == "undecodable", answer
    return str(answer.body).partition(": ")[2]


def test_the_library_is_not_imported_before_there_is_a_frame() -> None:
    code = """
import sys
from venomous import pack, unpack
unpack(pack([1, {"a": (2,)}]))
assert not [name for name in sys.modules if name.startswith("venomous.frames")]
"""
    subprocess.run([sys.executable, "-c", code], check=True)


# -- pandas ----------------------------------------------------------------------------


@pytest.fixture
def pandas() -> Any:
    return pytest.importorskip("pandas")


def test_a_frame_is_a_dict_of_columns(pandas: Any) -> None:
    times = np.array(["2020-02-29", "NaT"], "M8[ns]")
    frame = pandas.DataFrame(
        {
            "int": np.array([1, 2], "i2"),
            "float": [1.5, np.nan],
            "bool": [True, False],
            "time": times,
            "delta": np.array([1, 2], "m8[ns]"),
            "str": np.array(["a", "b"], object),
            "mixed": np.array([Decimal(1), None], object),
            7: [1, 2],
            ("a", "b"): [1j, 2j],
        }
    )
    check_columns(
        frame,
        {
            "int": np.array([1, 2], "i2"),
            "float": np.array([1.5, np.nan]),
            "bool": np.array([True, False]),
            "time": times,
            "delta": np.array([1, 2], "m8[ns]"),
            "str": ["a", "b"],
            "mixed": [Decimal(1), None],
            7: np.array([1, 2]),
            ("a", "b"): np.array([1j, 2j]),
        },
    )
    check_columns(pandas.DataFrame(), {})
    check_columns(pandas.DataFrame({"a": np.zeros(0)}), {"a": np.zeros(0)})


def test_columns_of_other_types_have_what_is_missing(pandas: Any) -> None:
    frame = pandas.DataFrame(
        {
            "int": pandas.array([1, None], dtype="Int64"),
            "all": pandas.array([1, 2], dtype="UInt8"),
            "float": pandas.array([1.5, None], dtype="Float32"),
            "bool": pandas.array([True, None], dtype="boolean"),
            "str": pandas.array(["a", None], dtype="string"),
            "category": pandas.Categorical(["b", None], categories=["a", "b"]),
            "number": pandas.Categorical([5, None], categories=[5, 6]),
            "zone": pandas.to_datetime(["2020-07-01", None]).tz_localize(VIENNA),
        }
    )
    back = through(frame)
    zone = back["zone"][0].tzinfo
    assert str(zone) == VIENNA
    check_columns(
        frame,
        {
            "int": MISSING,
            "all": np.array([1, 2], "u1"),
            "float": np.ma.MaskedArray(np.array([1.5, 0], "f4"), mask=[0, 1]),
            "bool": np.ma.MaskedArray([True, False], mask=[False, True]),
            "str": ["a", None],
            "category": ["b", None],
            "number": np.ma.MaskedArray([5, 5], mask=[False, True]),
            "zone": [datetime.datetime(2020, 7, 1, tzinfo=zone), None],
        },
    )


def test_an_index_is_a_column_unless_it_just_counts(pandas: Any) -> None:
    frame = pandas.DataFrame({"a": [1, 2, 3]})
    a = np.array([1, 3])
    check_columns(frame[frame.a != 2], {"index": np.array([0, 2]), "a": a})
    named = frame.set_index(pandas.Index(["x", "y", "z"], name="key"))
    check_columns(named, {"key": ["x", "y", "z"], "a": np.array([1, 2, 3])})
    two = pandas.MultiIndex.from_tuples([(1, "x"), (2, "y")], names=["n", None])
    check_columns(
        pandas.DataFrame({"a": [1, 3]}, index=two),
        {"n": np.array([1, 2]), "level_1": ["x", "y"], "a": a},
    )
    check_columns(frame[1:], {"index": np.array([1, 2]), "a": np.array([2, 3])})


def test_two_columns_of_one_name_are_an_error(pandas: Any) -> None:
    frame = pandas.DataFrame([[1, 2]], columns=["a", "a"])
    with pytest.raises(Unencodable, match="at value is a frame with two columns 'a'"):
        pack(frame)


def test_two_levels_of_one_name_are_an_error(pandas: Any) -> None:
    levels = pandas.MultiIndex.from_arrays([[1, 2], [3, 4]], names=["a", "a"])
    for x in (pandas.DataFrame({"x": [1, 2]}, levels), pandas.Series([1, 2], levels)):
        with pytest.raises(Unencodable, match="two columns 'a'"):
            pack(x)


def test_an_index_beside_a_column_of_that_name_has_another_one(pandas: Any) -> None:
    frame = pandas.DataFrame({"index": [5, 6]})
    check_columns(
        frame[frame["index"] > 5], {"level_0": np.array([1]), "index": np.array([6])}
    )


def test_what_lacks_in_a_column_of_objects_is_none(pandas: Any) -> None:
    frame = pandas.DataFrame(
        {
            "text": pandas.Series(["a", float("nan"), pandas.NA], dtype=object),
            "other": pandas.Series([1, pandas.NaT, None], dtype=object),
        }
    )
    assert through(frame) == {"text": ["a", None, None], "other": [1, None, None]}


def test_a_series_is_one_column(pandas: Any) -> None:
    check_columns(pandas.Series([1.5], name="a"), {"a": np.array([1.5])})
    check_columns(pandas.Series([1.5]), {"": np.array([1.5])})
    check_columns(
        pandas.DataFrame({"a": [1], "b": [2]}).sum(),
        {"index": ["a", "b"], "": np.array([1, 2])},
    )


def test_a_column_without_a_twin_is_named(pandas: Any) -> None:
    month = pandas.array(["2020-01"], dtype="period[M]")
    frame = pandas.DataFrame({"a": [1], "b": month})
    with pytest.raises(Unencodable) as error:
        pack([frame])
    assert str(error.value).startswith(
        'object at value[0]["b"] is a column of dtype period[M]: convert it'
    )
    mixed = pandas.DataFrame({"a": np.array([1, int], object)})
    with pytest.raises(Unencodable, match=r'at value\["a"\]\[1\] is of type type'):
        pack(mixed)


def test_times_of_pandas_are_times(pandas: Any) -> None:
    at = pandas.Timestamp("2020-02-29 12:00", tz="UTC")
    assert through(at) == datetime.datetime(2020, 2, 29, 12, tzinfo=UTC)
    assert type(through(at)) is datetime.datetime
    assert through(pandas.Timedelta(days=1)) == datetime.timedelta(days=1)
    for x in (pandas.Timestamp(1), pandas.Timedelta(1)):
        with pytest.raises(Unencodable, match="nanoseconds"):
            pack(x)


def test_memory_of_numbers_is_not_copied(pandas: Any) -> None:
    from venomous import frames

    x = np.arange(10.0)
    frame = pandas.DataFrame({"a": x, "b": np.arange(10)}, copy=False)
    assert np.shares_memory(frames.twin_of(frame)["a"], x)


def test_an_annotated_frame_is_made_of_columns(pandas: Any, snake: Snake) -> None:
    snake.call("framed", "define", "pandas", "pandas.DataFrame")
    columns: Dict[Any, Any] = {"a": np.array([1, 2]), "b": ["x", None], 3: [1.5, 2.5]}
    assert snake.call("framed", "shown", columns) == (
        "DataFrame ['int64', 'object', 'float64'] "
        "{'a': [1, 2], 'b': ['x', None], 3: [1.5, 2.5]}"
    )
    back = snake.call("framed", "given", columns)
    assert repr(back) == repr({**columns, 3: np.array([1.5, 2.5])})
    assert snake.call("framed", "shown", {}) == "DataFrame [] {}"


def test_its_numbers_stay_where_they_are(pandas: Any, snake: Snake) -> None:
    snake.call("framed", "define", "pandas", "pandas.DataFrame")
    columns = {"a": np.arange(3.0), "b": np.arange(3, dtype="i1"), "c": np.ones(3, "?")}
    shared = snake.call("framed", "is_shared", columns)
    assert shared == {"a": True, "b": True, "c": True}


def test_what_is_missing_arrives_as_missing(pandas: Any, snake: Snake) -> None:
    snake.call("framed", "define", "pandas", "pandas.DataFrame")
    columns = {
        "int": MISSING,
        "float": np.ma.MaskedArray([1.5, 0], mask=[False, True]),
        "half": np.ma.MaskedArray(np.ones(2, "f2"), mask=[False, True]),
        "bool": np.ma.MaskedArray([True, True], mask=[False, True]),
        "time": np.ma.MaskedArray(np.zeros(2, "M8[ns]"), mask=[False, True]),
        "str": np.ma.MaskedArray(["a", "b"], mask=[False, True]),
        "list": [2**60 + 1, None],
    }
    shown = snake.call("framed", "shown", columns)
    for text in (
        "'Int64', 'Float64', 'Float64', 'boolean', 'datetime64[ns]',",
        "'int': [1, <NA>]",
        "'float': [1.5, <NA>]",
        "'half': [1.0, <NA>]",
        "'bool': [True, <NA>]",
        "'time': [Timestamp('1970-01-01 00:00:00'), NaT]",
        "'list': [1152921504606846977, None]",
    ):
        assert text in shown
    assert "'str': ['a', None]" in shown or "'str': ['a', nan]" in shown
    back = snake.call("framed", "given", {"int": MISSING})["int"]
    assert (back.tolist(), back.dtype) == ([1, None], MISSING.dtype)


def test_an_annotated_series_is_made_of_one_column(pandas: Any, snake: Snake) -> None:
    snake.call("framed", "define", "pandas", "Optional[pandas.Series]")
    for arg in (np.array([1, 2]), [1, 2], {"": np.array([1, 2])}):
        assert snake.call("framed", "shown", arg) == "Series int64 [1, 2]"
    assert repr(snake.call("framed", "given", {"a": [1, 2]})) == "{'a': array([1, 2])}"
    assert snake.call("framed", "given", None) is None
    assert refused(snake, {"a": [1], "b": [2]}) == (
        "x: expected Series, got dict of 2 columns"
    )
    assert refused(snake, 1) == "x: expected Series, got int"


def test_what_is_no_frame_is_refused(pandas: Any, snake: Snake) -> None:
    snake.call("framed", "define", "pandas", "pandas.DataFrame")
    assert refused(snake, [1]) == "x: expected DataFrame, got list"
    assert refused(snake, {"a": 1}) == "x['a']: expected column, got int"
    assert refused(snake, {"a": np.zeros((2, 2))}) == (
        "x['a']: expected column, got array of 2 dimensions"
    )
    assert refused(snake, {"a": [1], "b": [1, 2]}) == (
        "x: expected columns of one length, got 'a' of 1 and 'b' of 2"
    )


# -- polars ----------------------------------------------------------------------------


@pytest.fixture
def polars() -> Any:
    return pytest.importorskip("polars")


def test_a_frame_of_polars_is_a_dict_of_columns(polars: Any) -> None:
    day, moment = datetime.date(2020, 2, 29), datetime.datetime(2020, 2, 29, 12)
    frame = polars.DataFrame(
        {
            "int": [1, 2],
            "missing": [1, None],
            "nan": [float("nan"), 1.5],
            "float": [1.5, None],
            "bool": [True, None],
            "str": ["a", None],
            "date": [day, None],
            "datetime": [moment, None],
            "delta": [datetime.timedelta(1), None],
            "time": [datetime.time(1, 2), None],
            "list": [[1, 2], None],
            "decimal": [Decimal("1.50"), None],
        }
    )
    check_columns(
        frame,
        {
            "int": np.array([1, 2]),
            "missing": MISSING,
            "nan": np.array([np.nan, 1.5]),
            "float": np.ma.MaskedArray([1.5, 0], mask=[False, True]),
            "bool": np.ma.MaskedArray([True, False], mask=[False, True]),
            "str": ["a", None],
            "date": np.array([day, "NaT"], "M8[D]"),
            "datetime": np.array([moment, "NaT"], "M8[us]"),
            "delta": np.array([datetime.timedelta(1), "NaT"], "m8[us]"),
            "time": [datetime.time(1, 2), None],
            "list": [[1, 2], None],
            "decimal": [Decimal("1.50"), None],
        },
    )
    check_columns(frame["int"], {"int": np.array([1, 2])})


def test_times_of_polars_keep_zone_and_digits(polars: Any) -> None:
    naive = polars.Series("a", [datetime.datetime(2020, 7, 1)])
    (aware,) = through(naive.dt.replace_time_zone("Europe/Vienna"))["a"]
    assert str(aware.tzinfo) == "Europe/Vienna" and aware.hour == 0
    fine = polars.Series("a", [1]).cast(polars.Datetime("ns"))
    assert through(fine)["a"].tolist() == [1]
    with pytest.raises(Unencodable, match=r'at value\["a"\] is a column of Datetime'):
        pack(fine.dt.replace_time_zone("UTC"))
    with pytest.raises(Unencodable, match="nanoseconds"):
        pack(polars.Series("a", [1]).cast(polars.Time))
    with pytest.raises(Unencodable, match="nanoseconds"):
        pack(polars.Series("a", [[datetime.time(1)]]))


def test_an_annotated_frame_of_polars(polars: Any, snake: Snake) -> None:
    snake.call("framed", "define", "polars", "polars.DataFrame")
    columns = {"a": np.array([1, 2]), "b": ["x", None], "c": MISSING}
    shown = snake.call("framed", "shown", columns)
    assert "{'a': [1, 2], 'b': ['x', None], 'c': [1, None]}" in shown
    back = snake.call("framed", "given", columns)
    assert repr(back) == repr(columns)
    shared = snake.call("framed", "is_shared", {"a": np.arange(3.0)})
    assert shared in ({"a": True}, {"a": False})  # Polars decides that.
    snake.call("framed", "define", "polars", "polars.Series")
    assert snake.call("framed", "shown", [1.5]) == "Series Float64 [1.5]"


# -- pyarrow ---------------------------------------------------------------------------


@pytest.fixture
def pyarrow() -> Any:
    return pytest.importorskip("pyarrow")


def test_a_table_is_a_dict_of_columns(pyarrow: Any) -> None:
    day, moment = datetime.date(2020, 2, 29), datetime.datetime(2020, 2, 29, 12)
    table = pyarrow.table(
        {
            "int": [1, 2],
            "missing": [1, None],
            "float": pyarrow.array([1.5, None], pyarrow.float32()),
            "bool": [True, None],
            "str": ["a", None],
            "date": [day, None],
            "datetime": pyarrow.array([moment, None], pyarrow.timestamp("us")),
            "category": pyarrow.array(["a", None]).dictionary_encode(),
            "decimal": [Decimal("1.50"), None],
            "struct": [{"a": 1}, None],
        }
    )
    columns = {
        "int": np.array([1, 2]),
        "missing": MISSING,
        "float": np.ma.MaskedArray(np.array([1.5, 0], "f4"), mask=[False, True]),
        "bool": np.ma.MaskedArray([True, False], mask=[False, True]),
        "str": ["a", None],
        "date": np.array([day, "NaT"], "M8[D]"),
        "datetime": np.array([moment, "NaT"], "M8[us]"),
        "category": ["a", None],
        "decimal": [Decimal("1.50"), None],
        "struct": [{"a": 1}, None],
    }
    check_columns(table, columns)
    (batch,) = table.to_batches()
    check_columns(batch, columns)
    assert through(table["int"]).tolist() == [1, 2]
    assert through(batch["str"] if hasattr(batch, "__getitem__") else [])


def test_parts_of_a_table_are_put_together(pyarrow: Any) -> None:
    table = pyarrow.table({"a": [1]})
    check_columns(pyarrow.concat_tables([table, table]), {"a": np.array([1, 1])})
    twice = pyarrow.Table.from_arrays([pyarrow.array([1])] * 2, names=["a", "a"])
    with pytest.raises(Unencodable, match="two columns 'a'"):
        pack(twice)


def test_nanoseconds_of_times_are_an_error(pyarrow: Any) -> None:
    times = pyarrow.array([1001, None], pyarrow.time64("ns"))
    for column in (times, pyarrow.array([[1001]], pyarrow.list_(times.type))):
        with pytest.raises(Unencodable, match="nanoseconds"):
            pack(pyarrow.table({"a": column}))
    whole = pyarrow.array([1000, None], pyarrow.time64("ns"))
    assert through(pyarrow.table({"a": whole}))["a"][0].microsecond == 1


def test_an_annotated_batch_or_array_of_one_type(pyarrow: Any, snake: Snake) -> None:
    snake.call("framed", "define", "pyarrow", "pyarrow.RecordBatch")
    assert "RecordBatch" in snake.call("framed", "shown", {"a": [1]})
    snake.call("framed", "define", "pyarrow", "pyarrow.Int64Array")
    assert "Int64Array" in snake.call("framed", "shown", [1, 2])
    assert refused(snake, ["a"]) == "x: expected Int64Array, got StringArray"


def test_an_annotated_table(pyarrow: Any, snake: Snake) -> None:
    snake.call("framed", "define", "pyarrow", "pyarrow.Table")
    columns = {"a": np.array([1, 2]), "b": ["x", None], "c": MISSING}
    assert snake.call("framed", "shown", columns) == (
        "Table ['int64', 'string', 'int64'] "
        "{'a': [1, 2], 'b': ['x', None], 'c': [1, None]}"
    )
    assert repr(snake.call("framed", "given", columns)) == repr(columns)
    numbers = np.arange(3.0)
    convert = frames.converter_of(pyarrow.Table)
    assert convert is not None
    (column,) = convert({"a": numbers})["a"].chunks
    assert column.buffers()[1].address == numbers.ctypes.data
    snake.call("framed", "define", "pyarrow", "pyarrow.ChunkedArray")
    assert snake.call("framed", "shown", [1.5]) == "ChunkedArray double [1.5]"
    snake.call("framed", "define", "pyarrow", "pyarrow.Array")
    assert snake.call("framed", "shown", MISSING) == "Int64Array int64 [1, None]"
