"""What travels as something else, and what annotations make of that."""

import array
import os
import resource
import sys
import time
from collections import Counter, OrderedDict, defaultdict, deque
from enum import CONFORM, KEEP, Flag, IntFlag
from typing import Any, List, Tuple

import numpy
import pytest
from conftest import Snake
from venomous import Undecodable, Unencodable, pack, unpack


def through(x: Any) -> Any:
    return unpack(pack([x]))[0]


def refused(snake: Snake, func: str, arg: Any) -> str:
    answer = snake.attempt("twins_of", func, arg)
    assert answer.kind == "undecodable", answer
    return str(answer.body).partition(": ")[2]


# How an OrderedDict looks depends on the version of Python.
ORDERED_ITEM = repr(OrderedDict(a=0)).replace("0", "Item(name='tea')")

# -- collections -----------------------------------------------------------------------


def moved() -> Any:
    """A dict whose own order is another one than that of the dict that it is."""
    result = OrderedDict.fromkeys("abc", 1)
    result.move_to_end("a")
    return result


@pytest.mark.parametrize(
    "value, twin",
    [
        (Counter("aab"), {"a": 2, "b": 1}),
        (moved(), {"b": 1, "c": 1, "a": 1}),
        (defaultdict(list, a=[1]), {"a": [1]}),
        (deque([1, (2,)], maxlen=2), [1, (2,)]),
    ],
)
def test_a_collection_is_the_builtin_one_that_is_like_it(value: Any, twin: Any) -> None:
    back = through(value)
    assert type(back) is type(twin)
    assert repr(back) == repr(twin)


def test_what_a_user_has_made_of_a_collection_is_an_error() -> None:
    class Special(OrderedDict[str, int]):
        pass

    with pytest.raises(Unencodable, match="Special"):
        pack(Special())


@pytest.mark.parametrize(
    "func, arg, shown",
    [
        ("counter", {"a": 2}, "Counter({'a': 2})"),
        ("bare_counter", {1: 2}, "Counter({1: 2})"),
        ("ordered", {"a": {"name": "tea"}}, ORDERED_ITEM),
        ("default_of_items", {}, "defaultdict(None, {})"),
        ("queue", [{"name": "tea"}], "deque([Item(name='tea')])"),
        ("queue", None, "None"),
        ("bare_queue", (1, "a"), "deque([1, 'a'])"),
        ("either", [1], "deque([1])"),
        ("either", {"a": 1}, "{'a': 1}"),
    ],
)
def test_it_arrives_as_what_is_annotated(
    snake: Snake, func: str, arg: Any, shown: str
) -> None:
    assert snake.call("twins_of", func, arg) == shown


def test_a_defaultdict_makes_what_the_annotation_says(snake: Snake) -> None:
    shown, back = snake.call("twins_of", "default", {"a": [2]})
    assert shown == "defaultdict(<class 'list'>, {'a': [2], 'new': [1]})"
    assert back == {"a": [2], "new": [1]}


def test_what_is_in_a_collection_is_checked(snake: Snake) -> None:
    assert refused(snake, "counter", {"a": "b"}) == "x['a']: expected int, got str"
    assert refused(snake, "queue", [{"name": 1}]) == "x[0].name: expected str, got int"
    assert refused(snake, "bare_queue", 1) == "x: expected list, got int"


# -- flags -----------------------------------------------------------------------------


class Conform(Flag, boundary=CONFORM):
    A = 1
    B = 2


class Keep(Flag, boundary=KEEP):
    A = 1
    B = 2


class Loose(IntFlag):
    A = 1


class Composite(Flag, boundary=CONFORM):
    A = 1
    BOTH = 12


@pytest.mark.parametrize(
    "flag",
    [
        *(Conform(0), Conform.A | Conform.B, ~Conform.A),
        *(Keep(0), Keep(3), Keep(8), Keep(9), ~Keep(9)),
        *(Loose(0), Loose(8), Loose(9), ~Loose.A),
        *(Composite.BOTH, Composite.A),
    ],
)
def test_a_flag_comes_back_with_all_bits(flag: Any) -> None:
    back = through(flag)
    assert type(back) is type(flag)
    # Python does not always make the same object of the same bits.
    assert (back.value, repr(back)) == (flag.value, repr(flag))


def by_number(cls: str, number: int) -> bytes:
    """A Flag as C++ sends it."""
    content = b"\x93" + pack(f"test_twins:{cls}") + b"\xc0" + pack(number)
    return b"\xc7" + bytes([len(content)]) + b"\x0f" + content


@pytest.mark.parametrize(
    "cls, number",
    [
        ("Conform", 9),
        ("Conform", 8),
        ("Composite", 15),
        pytest.param(
            *("Composite", 13),
            marks=pytest.mark.skipif(
                sys.version_info >= (3, 12), reason="Python keeps all bits"
            ),
        ),
        ("Keep", -2),
    ],
)
def test_a_flag_that_would_lose_a_bit_is_an_error(cls: str, number: int) -> None:
    with pytest.raises(Undecodable, match=f"bits that no member of test_twins:{cls}"):
        unpack(by_number(cls, number))


def test_a_flag_that_keeps_each_bit_takes_each() -> None:
    assert unpack(by_number("Keep", 9)).value == 9
    assert unpack(by_number("Loose", 12)) == Loose(12)


def test_a_number_becomes_a_flag_if_that_has_its_bits(snake: Snake) -> None:
    assert snake.call("twins_of", "access", 3) == "<Access.READ|WRITE: 3>"
    assert snake.call("twins_of", "opened", 9) == "<Open.READ|8: 9>"
    assert snake.call("twins_of", "number", 9) == "<Number.ONE|8: 9>"
    assert refused(snake, "access", 12) == "x: expected Access, got 12"
    assert refused(snake, "access", 5) == "x: expected Access, got 5"


# -- struct sequences ------------------------------------------------------------------


STRUCTS: List[Any] = [
    time.gmtime(0),
    time.localtime(),
    time.struct_time(range(9)),
    os.stat("/"),
    os.stat_result(range(10)),
    os.statvfs("/"),
    os.terminal_size((80, 24)),
    os.times(),
    os.uname(),
    resource.getrusage(resource.RUSAGE_SELF),
]


@pytest.mark.parametrize("value", STRUCTS, ids=lambda x: type(x).__name__)
def test_a_struct_sequence_comes_back_with_all_fields(value: Any) -> None:
    back = through(value)
    assert type(back) is type(value)
    assert back.__reduce__() == value.__reduce__()


@pytest.mark.parametrize("value", STRUCTS, ids=lambda x: type(x).__name__)
def test_a_changed_byte_of_one_is_survived(value: Any) -> None:
    data = pack(value)
    for at in range(len(data)):
        for byte in (0, 0x20, 0x5F, 0x93, 0xC0, data[at] ^ 1):
            try:
                unpack(data[:at] + bytes([byte]) + data[at + 1 :])
            except Undecodable:
                pass


def test_one_whose_class_nobody_can_call_is_a_tuple() -> None:
    assert through(sys.version_info) == tuple(sys.version_info)
    assert type(through(sys.float_info)) is tuple


def test_an_annotated_one_is_made_of_elements_or_fields(snake: Snake) -> None:
    plain = "struct_time (0, 1, 2, 3, 4, 5, 6, 7, 8) None None"
    assert snake.call("twins_of", "clock", tuple(range(9))) == plain
    assert snake.call("twins_of", "clock", [*range(9), "CET", 3600]) == (
        "struct_time (0, 1, 2, 3, 4, 5, 6, 7, 8) CET 3600"
    )
    names = "year mon mday hour min sec wday yday isdst zone gmtoff".split()
    fields = {f"tm_{name}": i for i, name in enumerate(names)}
    assert snake.call("twins_of", "clock", fields) == (
        "struct_time (0, 1, 2, 3, 4, 5, 6, 7, 8) 9 10"
    )
    found = os.stat("/")
    shown = f"{found.st_size} {found.st_atime_ns} {found[7]}"
    assert snake.call("twins_of", "status", found) == shown


@pytest.mark.parametrize(
    "arg, text",
    [
        ("now", "x: expected struct_time, got str"),
        ((1, 2), "x: expected struct_time, but time.struct_time() takes an at least"),
        ({"tm_year": 1}, 'x: missing field "tm_mon"'),
    ],
)
def test_what_is_none_is_refused(snake: Snake, arg: Any, text: str) -> None:
    assert refused(snake, "clock", arg).startswith(text)


def test_a_field_that_it_does_not_have_is_refused(snake: Snake) -> None:
    fields: Any = {f"_{i}": 0 for i in range(9)}
    assert refused(snake, "clock", {**fields, "tm_day": 1}) == (
        "x: unknown field 'tm_day'"
    )


# -- arrays ----------------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore:The 'u' type code:DeprecationWarning")
def test_an_array_of_the_standard_library_is_one_of_numpy(snake: Snake) -> None:
    for code in "bBhHiIlLqQfd":
        x = array.array(code, [1, 2, 3])
        back = through(x)
        assert type(back) is numpy.ndarray
        assert (back.dtype, back.tolist()) == (numpy.dtype(code), x.tolist())
    assert snake.call("twins_of", "numbers", array.array("d", [1.5])) == (
        "array('d', [1.5])"
    )
    assert refused(snake, "numbers", numpy.zeros((2, 2))) == (
        "x: expected array, got ndarray of 2 dimensions and float64"
    )
    assert through(array.array("u", "ab")).tolist() == ["a", "b"]


def test_arrays_arrive_as_the_class_that_is_annotated(snake: Snake) -> None:
    x = numpy.array([(1, 2.5)], dtype=[("a", "i4"), ("b", "f8")])
    assert snake.call("twins_of", "records", x) == "recarray [1]"
    assert snake.call("twins_of", "masked", numpy.arange(2)) == "MaskedArray [0, 1]"
    assert refused(snake, "masked", [1]) == "x: expected MaskedArray, got list"
