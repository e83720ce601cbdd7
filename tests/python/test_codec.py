"""Values and the bytes that stand for them."""

import datetime
import math
import pathlib
import pickle
import random
import struct
import sys
import uuid
import zoneinfo
from collections import UserDict, namedtuple
from decimal import Decimal
from enum import Enum, Flag, IntEnum
from fractions import Fraction
from typing import Any, List, Tuple

import pytest
from venomous import (
    MAX_DEPTH,
    FrozenDict,
    Undecodable,
    Unencodable,
    keep,
    pack,
    unpack,
)


class Color(IntEnum):
    RED = 1


Point = namedtuple("Point", "x y")


class Access(Flag):
    READ = 1
    WRITE = 2


class Name(str):
    pass


class Number(int):
    pass


class Moment(datetime.datetime):
    pass


class Zone(datetime.tzinfo):
    pass


def enum_named(name: str) -> Any:
    return Enum(name, "A", module=__name__)


# Python does not find it by the name that it has.
Lost = enum_named("Hidden")

VIENNA = zoneinfo.ZoneInfo("Europe/Vienna")
EAST = datetime.timezone(datetime.timedelta(hours=1), "east")

STANDARD: List[Any] = [
    set(),
    {1, "a", (2,)},
    frozenset({frozenset({1})}),
    1 - 2j,
    complex(-0.0, math.inf),
    Decimal("-1.50E+30"),
    Decimal("sNaN12"),
    range(3),
    range(5, -(10**30), -2),
    bytearray(),
    bytearray(b"x" * 300),
    datetime.date.min,
    datetime.date.max,
    datetime.time(23, 59, 59, 999999, fold=1),
    datetime.time(1, tzinfo=VIENNA),
    datetime.datetime.min,
    datetime.datetime.max,
    datetime.datetime(1960, 2, 29, 1, 2, 3, 4, EAST),
    datetime.datetime(2020, 1, 1, tzinfo=datetime.timezone.utc),
    datetime.datetime(2020, 10, 25, 2, 30, tzinfo=VIENNA, fold=1),
    datetime.timedelta.min,
    datetime.timedelta.max,
    datetime.timedelta(microseconds=-1),
    uuid.UUID(int=2**127 + 1),
    pathlib.PurePosixPath("a"),
    pathlib.PosixPath("/a/\udcff"),
    pathlib.PureWindowsPath("c:/a"),
    Color.RED,
    Access.READ | Access.WRITE,
    Point(1, [Point(2, {3})]),
    {Point(1, 2): {Color.RED: {datetime.date(2020, 1, 1)}}},
]


def nested(kind: type, levels: int) -> Any:
    value: Any = kind()
    for _ in range(levels - 1):
        value = {0: value} if kind is dict else kind([value])
    return value


EXACT: List[Tuple[Any, bytes]] = [
    (None, b"\xc0"),
    (False, b"\xc2"),
    (True, b"\xc3"),
    (0, b"\x00"),
    (127, b"\x7f"),
    (128, b"\xcc\x80"),
    (-32, b"\xe0"),
    (-33, b"\xd0\xdf"),
    (2**16, b"\xce\x00\x01\x00\x00"),
    (2**63 - 1, b"\xcf\x7f" + b"\xff" * 7),
    (2**63, b"\xcf\x80" + b"\x00" * 7),
    (2**64 - 1, b"\xcf" + b"\xff" * 8),
    (-(2**63), b"\xd3\x80" + b"\x00" * 7),
    (2**64, b"\xc7\x09\x01\x01" + b"\x00" * 8),
    (-(2**63) - 1, b"\xc7\x09\x01\xff\x7f" + b"\xff" * 7),
    (-(2**71), b"\xc7\x09\x01\x80" + b"\x00" * 8),
    (2.0, b"\xcb\x40" + b"\x00" * 7),
    (-0.0, b"\xcb\x80" + b"\x00" * 7),
    ("", b"\xa0"),
    ("ü", b"\xa2\xc3\xbc"),
    ("a\0b", b"\xa3a\0b"),
    (b"", b"\xc4\x00"),
    (b"\xff", b"\xc4\x01\xff"),
    ([], b"\x90"),
    ([1, [2]], b"\x92\x01\x91\x02"),
    ((), b"\xd4\x02\x90"),
    ((1,), b"\xd5\x02\x91\x01"),
    ((1, 2), b"\xc7\x03\x02\x92\x01\x02"),
    (((),), b"\xd6\x02\x91\xd4\x02\x90"),
    ({}, b"\x80"),
    ({"a": 1, 2: None}, b"\x82\xa1a\x01\x02\xc0"),
    ({(1, 2): "x"}, b"\x81\xc7\x03\x02\x92\x01\x02\xa1x"),
]


@pytest.mark.parametrize("value, data", EXACT)
def test_a_value_has_exact_bytes_and_comes_back(value: Any, data: bytes) -> None:
    assert pack(value) == data
    assert repr(unpack(data)) == repr(value)


def spelled(x: Any) -> str:
    """Returns the repr. Equal sets may have different orders, so theirs is sorted."""
    if isinstance(x, (set, frozenset)):
        return f"{type(x)} {sorted(map(spelled, x))}"
    return repr(x)


@pytest.mark.parametrize("value", STANDARD)
def test_types_of_the_standard_library_come_back(value: Any) -> None:
    back = unpack(pack([value]))[0]
    assert type(back) is type(value)
    assert spelled(back) == spelled(value)
    if isinstance(value, Enum):
        assert back is value


@pytest.mark.parametrize("value", STANDARD)
def test_a_changed_byte_of_them_is_survived(value: Any) -> None:
    data = pack(value)
    for at in range(min(len(data), 40)):
        for byte in (0, 1, 0x7F, 0x80, 0x93, 0xC7, 0xFF, data[at] ^ 1):
            try:
                unpack(data[:at] + bytes([byte]) + data[at + 1 :])
            except Undecodable:
                pass


def test_the_order_of_a_dict_is_kept() -> None:
    value = {key: None for key in "zebra"}
    assert list(unpack(pack(value))) == list(value)


@pytest.mark.parametrize("bits", [63, 64, 65, 71, 72, 127, 128, 20000])
def test_integers_around_each_byte_boundary_come_back(bits: int) -> None:
    for value in (2**bits - 1, 2**bits, 2**bits + 1):
        assert unpack(pack(value)) == value
        assert unpack(pack(-value)) == -value


def test_floats_keep_each_bit() -> None:
    assert math.isnan(unpack(pack(math.nan)))
    for value in (math.inf, -math.inf, 5e-324, 1.7976931348623157e308, 0.1):
        assert struct.pack("d", unpack(pack(value))) == struct.pack("d", value)


@pytest.mark.parametrize("size", [9, 200, 40_000, 65_530, 65_536, 300_000])
def test_a_tuple_of_any_size_comes_back(size: int) -> None:
    value = (1, ("x" * size, 2), [(b"y" * size,)])
    assert unpack(pack(value)) == value


def test_random_values_come_back() -> None:
    rng = random.Random(7)

    def make(depth: int) -> Any:
        kind = rng.randrange(10 if depth < 5 else 6)
        if kind == 0:
            return rng.choice([None, True, False])
        if kind <= 2:
            return rng.getrandbits(rng.randrange(1, 200)) * rng.choice([1, -1])
        if kind == 3:
            return rng.gauss(0, 1e100)
        if kind == 4:
            return "".join(chr(rng.randrange(0xD800)) for _ in range(rng.randrange(50)))
        if kind == 5:
            return rng.randbytes(rng.randrange(300))
        items = [make(depth + 1) for _ in range(rng.randrange(20))]
        if kind <= 7:
            return items
        if kind == 8:
            return tuple(items)
        return {f"{i}": item for i, item in enumerate(items)}

    for _ in range(300):
        value = make(0)
        assert repr(unpack(pack(value))) == repr(value)


@pytest.mark.parametrize("kind", [list, tuple, dict])
def test_nesting_ends_at_the_limit(kind: type) -> None:
    deepest = nested(kind, MAX_DEPTH)
    assert unpack(pack(deepest)) == deepest
    with pytest.raises(Unencodable, match="nested deeper than 512 levels"):
        pack(nested(kind, MAX_DEPTH + 1))


def test_a_list_that_contains_itself_is_refused() -> None:
    value: List[Any] = []
    value.append(value)
    with pytest.raises(Unencodable, match="nested deeper"):
        pack(value)


@pytest.mark.parametrize(
    "value, message",
    [
        (Fraction(1), "object at value is of type fractions.Fraction"),
        ([0, {"x": {int}}], 'object at value[1]["x"][0] is of type type'),
        ({(1, 2): int}, "object at value[(1, 2)] is of type type"),
        ({"k" * 99: int}, f'object at value["{"k" * 60}..."] is of type type'),
        ([{int: 0}], "a key of the dict at value[0] is of type type"),
        ([keep(1)], "object at value[0] is to be kept, which only the result of"),
        (
            {(0, Fraction(1)): 0},
            "a key of the dict at value has an object that is of type fractions.",
        ),
        (["\ud800"], "object at value[0] is a str with surrogates"),
        (UserDict(), "object at value is of type collections.UserDict"),
        (Name("x"), "object at value is of type test_codec.Name"),
        (Number(1), "object at value is of type test_codec.Number"),
        (Moment(1, 1, 1), "object at value is of type test_codec.Moment"),
        (
            Lost.A,
            "object at value is of type test_codec.Hidden, which cannot be found",
        ),
        (
            [datetime.time(tzinfo=Zone())],
            "object at value[0] has a zone of type test_codec.Zone",
        ),
        (int, "object at value is of type type"),
    ],
)
def test_what_has_no_twin_is_named(value: Any, message: str) -> None:
    with pytest.raises(Unencodable) as caught:
        pack(value)
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize("value, data", EXACT)
def test_a_cut_at_any_byte_is_an_error(value: Any, data: bytes) -> None:
    for end in range(len(data)):
        with pytest.raises(Undecodable):
            unpack(data[:end])


@pytest.mark.parametrize(
    "data, message",
    [
        (b"", "value: cut off or not MessagePack"),
        (b"\xc1", "value: cut off or not MessagePack"),
        (b"\x01\x01", "there are bytes behind the value"),
        (b"\xdd\xff\xff\xff\xff", "more elements are announced than there are bytes"),
        (b"\xdf\xff\xff\xff\xff", "more elements are announced than there are bytes"),
        (b"\xdf\x80\x00\x00\x00", "more elements are announced than there are bytes"),
        (b"\xdb\xff\xff\xff\xff", "cut off"),
        (b"\xc6\xff\xff\xff\xff", "cut off"),
        (b"\xc9\xff\xff\xff\xff\x02", "cut off"),
        (b"\x91" * 513 + b"\xc0", "nested deeper than 512 levels"),
        (b"\x81" * 5000 + b"\xc0", "nested deeper than 512 levels"),
        (b"\xa1\xff", "value: a str that is not valid UTF-8"),
        (b"\xa3\xed\xa0\x80", "value: a str that is not valid UTF-8"),
        (b"\x92\x01\x81\xa1a\xa1\xff", 'value[1]["a"]: a str that is not valid'),
        (b"\x91\x81\x90\xc0", "value[0]: a key of type list is not hashable"),
        (b"\x82\x01\xc0\xc3\xc0", "two keys of a dict are equal"),
        (b"\xd4\x7f\x00", "an extension of the unknown type 127"),
        (b"\xd4\x05\x00", "a complex that is not valid"),
        (b"\xd6\x08\x07\xe5\x02\x1d", "a date that is not valid"),
        (b"\xc7\x09\x0a\x7f" + b"\xff" * 7 + b"\0", "a datetime that is not valid"),
        (b"\xc7\x0c\x0b\x7f" + b"\xff" * 11, "a timedelta that is not valid"),
        (b"\xd4\x0cx", "Decimal: InvalidOperation"),
        (b"\xd4\x0dx", "a UUID that does not have 16 bytes"),
        (b"\xd4\x0e\x07", "a path of an unknown class"),
        (b"\xc7\x03\x03\x92\x01\x01", "two elements of a set are equal"),
        (b"\xd6\x03\x92\x90\x01", "cut off"),
        (b"\xd5\x03\x91\x90", "set: TypeError"),
        (b"\xd5\x07\x91\x01", "a range that is not start, stop and step"),
        (b"\xd6\x07\x93\x01\x02\x00", "range: ValueError"),
        (b"\xd5\x0f\x91\x01", "an Enum that is not class, name and value"),
        (b"\xd6\x0f\x93\x01\xc0\xc0", "a class whose name is not a str"),
        (b"\xc7\x08\x0f\x93\xa4zz:E\xc0\xc0", "class zz:E: ModuleNotFoundError"),
        (b"\xd4\x10\x90", "a namedtuple without class and names"),
        (b"\xc7\x00\x01", "an empty extension"),
        (b"\xd5\x14N.", "an opaque object, which pickle-fallback does not permit"),
        (b"\xd4\x13\x01", "value: a kept object that is cut off"),
        (b"\xd8\x13" + bytes(16), "a kept object whose reference was lost"),
        (b"\xd8\x13" + b"\x01" * 16, "value: a kept object that is not here"),
        (b"\xd4\x02\x01", "an extension that is not an array"),
        (b"\xd4\x02\x91", "an extension that is cut off or not MessagePack"),
        (b"\xd5\x02\x90\x90", "an extension with bytes behind its end"),
    ],
)
def test_hostile_bytes_are_an_error(data: bytes, message: str) -> None:
    with pytest.raises(Undecodable) as caught:
        unpack(data)
    assert message in str(caught.value)


def test_announced_elements_cannot_multiply() -> None:
    # Each level alone could announce as many elements as bytes are left.
    data = b"".join(b"\xdd" + struct.pack(">I", 50_000) for _ in range(400))
    with pytest.raises(Undecodable, match="more elements are announced"):
        unpack(data + b"\xc0" * 60_000)


def test_random_bytes_raise_or_decode() -> None:
    rng = random.Random(11)
    outcomes = set()
    for _ in range(20_000):
        data = rng.randbytes(rng.randrange(40))
        try:
            unpack(data)
            outcomes.add("decoded")
        except Undecodable:
            outcomes.add("refused")
    assert outcomes == {"decoded", "refused"}


def test_a_module_that_must_not_be_imported_is_left_alone() -> None:
    sys.modules["torch"] = None  # type: ignore[assignment]
    try:
        assert unpack(pack({1, 2})) == {1, 2}
    finally:
        del sys.modules["torch"]


@pytest.mark.parametrize(
    "value",
    [
        {FrozenDict(a=1), FrozenDict(a=2)},
        frozenset({FrozenDict(a={"b": []}), FrozenDict()}),
        {FrozenDict(a=1): "x"},
        {(1, FrozenDict(a=1)): "x"},
        [FrozenDict(a=1)],
    ],
)
def test_a_dict_in_a_set_or_a_key_is_one_that_has_a_hash(value: Any) -> None:
    back = unpack(pack(value))
    assert back == value and type(back) is type(value)
    assert unpack(pack(back)) == value


def test_a_dict_that_has_a_hash_cannot_be_changed() -> None:
    x: Any = FrozenDict(a=1, b=[2])
    assert hash(x) == hash(FrozenDict(b=[2], a=1))
    assert x == {"a": 1, "b": [2]} and pickle.loads(pickle.dumps(x)) == x
    changes: List[Tuple[str, List[Any]]]
    changes = [("update", [{}]), ("pop", ["a"]), ("clear", []), ("popitem", [])]
    changes += [("__setitem__", ["a", 2]), ("__delitem__", ["a"])]
    changes += [("setdefault", ["c", 2]), ("__ior__", [{}])]
    for name, args in changes:
        with pytest.raises(TypeError, match="cannot be changed"):
            getattr(x, name)(*args)
