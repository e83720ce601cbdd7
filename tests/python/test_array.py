"""Arrays between bytes and objects."""

import array
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, List

import numpy as np
import pytest

from venomous import _bridge

POINT = np.dtype([("x", "<f8"), ("name", "S3"), ("grid", "<i2", (2, 3))])
PADDED = np.dtype([("a", "u1"), ("b", "<f8")], align=True)
NESTED = np.dtype([("at", POINT), ("when", "<M8[ns]"), ("pair", "<c8", (2,))])
GAPS = np.dtype(
    {"names": ["a", "b"], "formats": ["<i4", "<i2"], "offsets": [8, 0], "itemsize": 20}
)

DTYPES: List[Any] = [
    *("?", "b", "B", "<i2", "<u2", "<i4", "<u4", "<i8", "<u8"),
    *("<f2", "<f4", "<f8", "g", "<c8", "<c16", "G"),
    *(">i2", ">u4", ">f8", ">c16", ">U2", ">M8[s]"),
    *("S1", "S5", "<U1", "<U7", "V3"),
    *("<M8[ns]", "<M8[D]", "<M8[25s]", "<M8", "<m8[us]", "<m8"),
    *(POINT, PADDED, NESTED, GAPS),
]

SHAPES = [(), (0,), (1,), (7,), (2, 3), (3, 0, 2), (2, 1, 4), (1,) * 32]


def filled(dtype: Any, shape: Any) -> Any:
    """An array in C order whose elements differ where they can."""
    result = np.zeros(shape, dtype)
    numbers = np.arange(result.size).reshape(shape)
    if result.dtype.kind in "bU":
        result[...] = (numbers % 2).astype(result.dtype)
    elif result.size:
        raw = result.reshape(-1).view("u1")
        raw[...] = np.arange(raw.size) % 50 + 1
    return result


def through(x: Any) -> Any:
    return _bridge.unpack(_bridge.pack(x))


def check_same(back: Any, x: Any) -> None:
    assert type(back) is np.ndarray
    assert back.dtype == x.dtype and back.dtype.str == x.dtype.str
    assert back.shape == x.shape
    if x.dtype.names:  # numpy itself does not copy what is between the fields.
        assert repr(back.tolist()) == repr(x.tolist())
    else:
        assert back.tobytes() == x.tobytes()
    assert back.flags.writeable and back.flags.aligned
    assert not np.shares_memory(back, x)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_an_array_comes_back_as_it_was(dtype: Any, shape: Any) -> None:
    x = filled(dtype, shape)
    check_same(through(x), x)
    fortran = np.asfortranarray(x) if shape else x
    back = through(fortran)
    check_same(back, x)
    assert back.flags.f_contiguous


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_elements_that_are_apart_are_packed(dtype: Any) -> None:
    x = filled(dtype, (6, 5, 4))
    for part in (x[::2], x[::-1], x[:, 1:3, ::-2], x.transpose(1, 0, 2), x[3:3]):
        check_same(through(part), part)


def test_an_array_keeps_its_place_in_containers() -> None:
    x = np.arange(3)
    back = through({"a": [x, (x, 1)]})
    assert (back["a"][0] == x).all() and (back["a"][1][0] == x).all()


def test_a_broadcast_array_comes_back_whole() -> None:
    x = np.broadcast_to(np.float32(3), (2, 3))
    check_same(through(x), x)


def test_a_memmap_comes_back_as_array(tmp_path: Path) -> None:
    x = np.memmap(tmp_path / "data", dtype="<i4", mode="w+", shape=(2, 2))
    x[...] = [[1, 2], [3, 4]]
    check_same(through(x), x)


@pytest.mark.parametrize(
    "x",
    [
        *(np.float64(0.1), np.float32(0.1), np.float16(0.1), np.longdouble(0.1)),
        *(np.int8(-1), np.uint64(2**64 - 1), np.bool_(True), np.complex64(1 + 2j)),
        *(np.str_("snäke"), np.str_(""), np.bytes_(b"ab"), np.void(b"abc")),
        *(np.datetime64("2024-02-29", "D"), np.timedelta64(5, "ns")),
        *(np.datetime64("NaT"), np.zeros((), NESTED)[()], np.zeros((), ">i4")[()]),
    ],
    ids=repr,
)
def test_a_scalar_of_numpy_comes_back_as_it_was(x: Any) -> None:
    back = through(x)
    assert type(back) is type(x)
    assert back.dtype == x.dtype or x.dtype.kind in "SU"
    assert repr(back) == repr(x)


@pytest.mark.parametrize("dtype", [object, [("a", "i4"), ("b", object)]], ids=str)
def test_an_array_of_objects_is_an_error(dtype: Any) -> None:
    with pytest.raises(_bridge.Unencodable) as error:
        _bridge.pack([np.zeros(2, dtype)])
    assert "value[0] is an array of dtype " in str(error.value)
    assert str(np.dtype(dtype)) in str(error.value)


def test_a_subclass_of_arrays_is_an_error() -> None:
    class Tagged(np.ndarray[Any, Any]):
        pass

    with pytest.raises(_bridge.Unencodable, match="Tagged"):
        _bridge.pack(np.zeros(2).view(Tagged))


# -- other classes of numpy ------------------------------------------------------------


def test_records_and_matrices_are_arrays() -> None:
    records = np.rec.array([(1, 2.5), (3, 4.5)], dtype=[("a", "<i4"), ("b", "<f8")])
    back = through(records)
    assert type(back) is np.ndarray
    assert (back.dtype.names, back.tolist()) == (("a", "b"), records.tolist())
    assert through(records[1]).tolist() == (3, 4.5)
    with pytest.warns(PendingDeprecationWarning):
        matrix = np.asmatrix(np.eye(2))
    check_same(through(matrix), np.eye(2))


MASKED: List[Any] = [
    np.ma.MaskedArray([1.5, 2.5], mask=[False, True]),
    np.ma.MaskedArray([1, 2], mask=[True, False], fill_value=7),
    np.ma.MaskedArray(np.arange(6).reshape(2, 3).T, mask=np.eye(3, 2)),
    np.ma.MaskedArray(np.arange(8), mask=np.arange(8) % 3)[::2],
    np.ma.MaskedArray([1, 2]),
    np.ma.MaskedArray(["a", "b"], mask=[True, False]),
    np.ma.MaskedArray(np.zeros(2, "M8[s]"), mask=[True, False]),
    np.ma.MaskedArray(np.zeros(2, [("a", "i4"), ("b", "f8")]), mask=[(1, 0), (0, 1)]),
    np.ma.masked,
]


@pytest.mark.parametrize("x", MASKED, ids=str)
def test_a_masked_array_keeps_its_mask(x: Any) -> None:
    back = through(x)
    assert type(back) is np.ma.MaskedArray
    assert back.dtype == x.dtype and back.shape == x.shape
    assert np.ma.getmaskarray(back).tolist() == np.ma.getmaskarray(x).tolist()
    assert back.data.tolist() == x.data.tolist()
    # Numpy 1.24 does not have masked.fill_value.
    assert x is np.ma.masked or repr(back.fill_value) == repr(x.fill_value)


@pytest.mark.parametrize("x", MASKED, ids=str)
def test_a_changed_byte_of_it_is_survived(x: Any) -> None:
    data = _bridge.pack(x)
    for at in range(len(data)):
        for byte in (0, 0x20, 0x93, 0xC0, data[at] ^ 1):
            try:
                _bridge.unpack(data[:at] + bytes([byte]) + data[at + 1 :])
            except _bridge.Undecodable:
                pass


@pytest.mark.parametrize("kind", [np.asarray, memoryview])
def test_a_field_whose_name_is_not_utf_8_is_undecodable(kind: Any) -> None:
    data = _bridge.pack(kind(np.zeros(2, [("name", "i4"), ("b", "f8")])))
    with pytest.raises(_bridge.Undecodable, match="unknown dtype"):
        _bridge.unpack(data.replace(b"name", b"n\xc0me"))


def test_a_masked_array_of_somebody_else_is_an_error() -> None:
    class Special(np.ma.MaskedArray):
        pass

    with pytest.raises(_bridge.Unencodable, match="Special"):
        _bridge.pack(Special([1]))


@pytest.mark.parametrize(
    "name, wider",
    [
        *(("bfloat16", "f4"), ("float8_e5m2", "f4"), ("float8_e4m3fn", "f4")),
        *(("int4", "i1"), ("uint4", "u1")),
    ],
)
def test_numbers_of_ml_dtypes_are_wider_ones(name: str, wider: str) -> None:
    ml_dtypes = pytest.importorskip("ml_dtypes")
    x = np.array([[0, 1, 2], [3, 4, 5]]).astype(getattr(ml_dtypes, name))
    for part in (x, x.T, x[:, ::2], x[:0]):
        check_same(through(part), part.astype(wider))
    back = through(x[1, 2])
    assert type(back) is np.dtype(wider).type and back == 5
    with pytest.raises(_bridge.Unencodable, match="dtype"):
        _bridge.pack(np.zeros(2, [("a", x.dtype)]))


# -- memoryviews -----------------------------------------------------------------------


def view_of(x: Any) -> memoryview:
    return memoryview(x)


@pytest.mark.parametrize(
    "x",
    [
        *(memoryview(b""), memoryview(b"abc"), memoryview(bytearray(b"abc"))),
        *(memoryview(array.array(code, [1, 2, 3])) for code in "bBhHiIlLfd"),
        *(memoryview(b"abcdef").cast("c"), memoryview(b"abcdef").cast("B", [2, 3])),
        *(memoryview(b"\0\1").cast("?"), view_of(np.zeros((2, 3), ">f4"))),
        view_of(np.asfortranarray(np.arange(6.0).reshape(2, 3))),
        *(view_of(np.ones(2, "c16")), view_of(np.array(1.5))),
        *(view_of(np.zeros(2, "S4")), view_of(np.zeros(2, "U4"))),
    ],
    ids=lambda x: f"{x.format}-{x.shape}",
)
def test_a_memoryview_comes_back_as_it_was(x: memoryview) -> None:
    back = through(x)
    assert type(back) is memoryview
    assert (back.format, back.itemsize) == (x.format, x.itemsize)
    assert (back.shape, back.readonly) == (x.shape, x.readonly)
    assert back.tobytes() == x.tobytes()
    assert (back.c_contiguous, back.f_contiguous) == (x.c_contiguous, x.f_contiguous)


def test_a_memoryview_with_gaps_is_packed() -> None:
    back = through(memoryview(b"abcdef")[::-2])
    assert back.tobytes() == b"fdb"


def test_a_structured_memoryview_has_the_same_fields() -> None:
    x = np.zeros(2, NESTED["at"])
    x["x"] = [1, 2]
    back = np.asarray(through(view_of(x)))
    assert (back["x"] == [1, 2]).all() and back["grid"].shape == (2, 2, 3)


# -- without numpy ---------------------------------------------------------------------


def run(code: str, *path: Path) -> str:
    folders = [*map(str, path), os.environ["VENOMOUS_PYTHON_DIR"]]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(folders)}
    command = [sys.executable, "-c", code]
    return subprocess.run(
        command, env=environment, check=True, capture_output=True, text=True
    ).stdout


@pytest.mark.parametrize(
    "x, shown",
    [
        (np.arange(6.0).reshape(2, 3), "d (2, 3) [[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]]"),
        (np.asfortranarray(np.arange(4).reshape(2, 2)), "l (2, 2) [[0, 1], [2, 3]]"),
        (np.array([True, False]), "? (2,) [True, False]"),
        (np.array([], "<u2"), "H (0,) []"),
    ],
    ids=str,
)
def test_without_numpy_an_array_is_a_memoryview(
    x: Any, shown: str, tmp_path: Path
) -> None:
    (tmp_path / "numpy.py").write_text("raise ImportError('hidden')")
    code = f"""
from venomous import _bridge
data = {_bridge.pack(x)!r}
x = _bridge.unpack(data)
print(x.format, x.shape, x.tolist())
assert type(x) is memoryview and not x.readonly
assert _bridge.unpack(_bridge.pack(x)) == x
"""
    assert run(code, tmp_path).strip() == shown


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_without_numpy_every_array_has_a_view(dtype: Any, tmp_path: Path) -> None:
    x = filled(dtype, (2, 3))
    (tmp_path / "numpy.py").write_text("raise ImportError('hidden')")
    code = f"""
from venomous import _bridge
x = _bridge.unpack({_bridge.pack(x)!r})
assert x.itemsize == {x.itemsize} and x.shape == (2, 3)
assert x.tobytes() == {x.tobytes()!r}
"""
    run(code, tmp_path)


def test_numpy_is_not_imported_before_an_array_comes() -> None:
    code = """
import sys
from venomous import _bridge
_bridge.unpack(_bridge.pack([1, "a", memoryview(b"abc")]))
assert "numpy" not in sys.modules
"""
    run(code)


# -- torch -----------------------------------------------------------------------------


def test_a_tensor_comes_back_as_array() -> None:
    torch = pytest.importorskip("torch")
    back = through(torch.arange(6).reshape(2, 3).T)
    assert type(back) is np.ndarray
    assert (back == np.arange(6).reshape(2, 3).T).all()
    check_same(through(torch.ones(2, dtype=torch.bfloat16)), np.ones(2, "f4"))


# -- hostile bytes ---------------------------------------------------------------------


def packed_array(dtype: Any, shape: Any, flags: Any = 0, data: bytes = b"") -> bytes:
    """An array as it is on the wire, whether it makes sense or not."""
    payload = _bridge.pack([dtype, shape, flags]) + data
    return b"\xc9" + len(payload).to_bytes(4, "big") + b"\x11" + payload


def deep(levels: int) -> Any:
    dtype: Any = "|u1"
    for _ in range(levels):
        dtype = [1, [["a", dtype, 0, []]]]
    return dtype


@pytest.mark.parametrize(
    "data, why",
    [
        (packed_array("<f8", [1], 0, b"1234567"), "not as long as its shape"),
        (packed_array("<f8", [1], 0, b"123456789"), "not as long as its shape"),
        (packed_array("<f8", [2**62, 4]), "larger than memory"),
        (packed_array("<f8", [2**62, 2**62, 0]), "larger than memory"),
        (packed_array("<f8", [2**63]), "larger than memory"),
        (packed_array("|V0", [2**64 - 1, 2]), "larger than memory"),
        (packed_array("<f8", [-1]), "impossible shape"),
        (packed_array("<f8", [1] * 33), "impossible shape"),
        (packed_array("<f8", 1), "impossible shape"),
        (packed_array("<f8", ["1"]), "impossible shape"),
        (packed_array("|O8", [0]), "unknown dtype"),
        (packed_array("", [0]), "unknown dtype"),
        (packed_array("<f", [0]), "unknown dtype"),
        (packed_array("<f9", [0]), "unknown dtype"),
        (packed_array("<M8[xs]", [0]), "unknown dtype"),
        (packed_array("<M8[ns", [0]), "unknown dtype"),
        (packed_array("<f8,O", [0]), "unknown dtype"),
        (packed_array("|S99999999999999999999", [0]), "unknown dtype"),
        (packed_array(1, [0]), "unknown dtype"),
        (packed_array([8, [["a", "<f8", 1, []]]], [0]), "unknown dtype"),
        (packed_array([8, [["a", "<f8", 2**64 - 1, []]]], [0]), "unknown dtype"),
        (packed_array([8, [["a", "<f4", 0, [2**62, 4]]]], [0]), "unknown dtype"),
        (packed_array([8, [["a", "<f4", 0, []]] * 2], [0]), "unknown dtype"),
        (packed_array(deep(17), [0]), "unknown dtype"),
        (packed_array("<f8", [0], 256), "unknown flags"),
        (packed_array("<f8", [0], 16), "unknown flags"),
        (b"\xc7\x07\x15\x93\xa3<f8\x90\x00", "an attachment is missing"),
        (packed_array("<f8", [1], 4, b"12345678"), "a scalar that has a shape"),
        (packed_array("|S2147483648", [0]), "unknown dtype"),
        (b"\xc7\x01\x11\x90", "without a header"),
        (b"\xc7\x02\x11\x93\xa3", "unknown dtype"),
        (b"\xc7\x05\x11\x93\xa3|u1", "impossible shape"),
    ],
)
def test_bytes_that_are_no_array_are_refused(data: bytes, why: str) -> None:
    with pytest.raises(_bridge.Undecodable) as error:
        _bridge.unpack(data)
    assert why in str(error.value)


def test_a_deep_dtype_that_is_permitted_passes() -> None:
    x = _bridge.unpack(packed_array(deep(16), [1], 0, b"1"))
    check_same(through(x), x)
