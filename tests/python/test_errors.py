"""How exceptions are described."""

import random
import re
import tracemalloc
from typing import Tuple

import pytest
from venomous._bridge import MAX_TEXT, printable
from venomous.errors import _joined, describe

CUT = re.compile(r" \[\.\.\. (\d+) characters \.\.\.\] ")


def parts(text: str) -> Tuple[str, int, str]:
    """What comes before the middle, how long that was, and what comes after it."""
    before, left_out, after = CUT.split(text)
    return before, int(left_out), after


def test_a_short_text_stays_as_it_is() -> None:
    for text in ("", "a", "\u00e4" * 50, "x" * 100):
        assert printable(text, 100) == text


@pytest.mark.parametrize("alphabet", ["x", "\u00e4", "a\u00e4\u20ac\U0001f40d"])
def test_a_long_text_has_no_middle(alphabet: str) -> None:
    draw = random.Random(alphabet)
    for size in (0, 1, 2, 3, 4, 7, 100, 1001):
        for length in (size + 1, 2 * size + 3, 10 * size + 5, 5000):
            text = "".join(draw.choices(alphabet, k=length))
            cut = printable(text, size)
            if len(text.encode()) <= size:
                assert cut == text
                continue
            before, left_out, after = parts(cut)
            assert text.startswith(before) and text.endswith(after)
            assert len(before) + left_out + len(after) == length
            # Each part is as long as whole characters permit.
            assert size // 2 - 3 <= len(before.encode()) <= size // 2
            assert size // 2 - 3 <= len(after.encode()) <= size // 2


def test_what_utf8_does_not_permit_is_escaped() -> None:
    assert printable("a\udc80b", 100) == "a\\udc80b"
    assert printable("\ud800" * 50, 100).startswith("\\ud800" * 5)


def test_a_text_of_megabytes_is_not_copied() -> None:
    text = "x" * 50_000_000
    tracemalloc.start()
    try:
        before, left_out, after = parts(printable(text, 1000))
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()
    assert len(before) + left_out + len(after) == len(text)


def test_text_and_traceback_have_a_limit_each() -> None:
    try:
        try:
            raise KeyError("k" * 1_000_000)
        except KeyError as cause:
            raise ValueError("first" + "v" * 1_000_000 + "last") from cause
    except ValueError as raised:
        name, text, trace = describe(raised)
    assert name == "ValueError"
    assert text.startswith("firstvv") and text.endswith("vvlast")
    assert trace.startswith("KeyError") or trace.startswith("Traceback")
    assert trace.endswith("vvlast\n")
    for each in (text, trace):
        before, left_out, after = parts(each)
        assert len(before) + len(after) == MAX_TEXT
    # Of both exceptions, and what is around them.
    assert 2_000_000 < len(before) + left_out + len(after) < 2_002_000


def test_a_class_with_a_long_name_is_named_in_part() -> None:
    error = type("E" * 1_000_000, (Exception,), {})()
    name, _, _ = describe(error)
    assert len(name) < MAX_TEXT + 50


def test_a_traceback_in_pieces_is_cut_as_if_it_were_one_text() -> None:
    draw = random.Random(1)
    for size in (0, 1, 10, 101):
        for _ in range(200):
            lengths = draw.choices(range(40), k=draw.randrange(12))
            lines = ["".join(draw.choices("ab\u20ac", k=n)) for n in lengths]
            assert _joined(lines, size) == printable("".join(lines), size)
