"""What a chunk of a map results in."""

import os
import time
from contextlib import suppress
from pathlib import Path
from typing import Any, List

import pytest
import venomous
from conftest import Result, Snake
from processes import PATIENCE, wait_for_end


def values(results: List[Result]) -> List[Any]:
    """Returns the values of items, all of which have one."""
    assert all(x.kind == "value" for x in results), results
    return [x.body for x in results]


def test_each_item_has_a_result(snake: Snake) -> None:
    assert values(snake.map("builtins", "abs", [-3])) == [3]
    assert values(snake.map("builtins", "abs", range(-20_000, 0))) == list(
        range(20_000, 0, -1)
    )
    assert snake.call("math", "hypot", 3, 4) == 5.0


def test_an_item_is_one_argument(snake: Snake) -> None:
    items = [[], [1, 2], (3,), {"b": 4}, None]
    assert values(snake.map("sample", "signature", items)) == [
        [[item], {}] for item in items
    ]


def test_large_and_small_results_come_in_their_order(snake: Snake) -> None:
    items = ["x" * (100_000 if n % 3 == 0 else n) for n in range(50)]
    assert values(snake.map("sample", "echo", items)) == items


def test_an_error_is_that_of_its_item(snake: Snake) -> None:
    results = snake.map("math", "sqrt", [4, -1, "x", 9])
    assert [x.kind for x in results] == ["value", "exception", "exception", "value"]
    assert results[1].body == ["ValueError", "math domain error", ""]
    assert results[2].body[0] == "TypeError"
    assert results[3].body == 3.0
    results = snake.map("builtins", "iter", [[], [1]])
    assert results[1] == ("unencodable", results[1].body)
    assert "object at result is of type list_iterator" in results[1].body


def test_an_item_that_is_no_value_hides_no_other(snake: Snake) -> None:
    items = [b"\x01", b"\xd9", b"", b"\x01\x02", b"\xa1\xff", b"\x05"]
    results = snake.packed_map("sample", "echo", items)
    kinds = [x.kind for x in results]
    assert kinds == ["value", *["undecodable"] * 4, "value"]
    assert results[5].body == 5
    assert results[3].body.startswith("the item cannot be decoded: ")


@pytest.mark.parametrize(
    "module, func, exception",
    [
        ("nowhere", "f", "ModuleNotFoundError"),
        ("math", "f", "AttributeError"),
        ("broken", "f", "ValueError"),
    ],
)
def test_without_the_function_each_item_has_an_exception(
    snake: Snake, module: str, func: str, exception: str
) -> None:
    results = snake.map(module, func, range(3))
    assert [(x.kind, x.body[0]) for x in results] == [("exception", exception)] * 3


def test_what_is_finished_is_to_be_seen_after_a_crash(snake: Snake) -> None:
    left = True
    while left:  # On a busy machine it may leave the chunk before that item.
        snake.send_map("sample", "crash_at_three", range(6))
        sent: List[Result] = []
        left = False
        with suppress(EOFError, ConnectionResetError):
            while not left:
                more = snake.receive().body[1]
                left = not more
                sent += more
    wait_for_end(snake.pid)
    first, unsent = snake.unsent()
    assert not unsent or first == len(sent)
    assert values(sent + unsent) == [0, 1, 2]
    assert snake.begun_items() == 4


def test_an_item_that_is_taken_back_does_not_begin(
    snake: Snake, tmp_path: Path
) -> None:
    fifo = str(tmp_path / "fifo")
    os.mkfifo(fifo)
    snake.send_map("builtins", "open", [fifo, fifo])
    deadline = time.monotonic() + PATIENCE
    while snake.begun_items() < 1 and time.monotonic() < deadline:
        time.sleep(0.001)
    snake.take_back_items()
    last = snake.send("sample", "echo", 1)
    results: List[Result] = []
    with open(fifo, "w"):
        while (answer := snake.receive()).call_id != last:
            results += answer.body[1]
    assert answer.body == 1
    assert snake.begun_items() == 1
    assert [x.kind for x in results + snake.unsent()[1]] == ["unencodable"]


def test_a_chunk_that_takes_long_is_left(snake: Snake) -> None:
    call_id = snake.send_map("time", "sleep", [0.02] * 100)
    done = 0
    while True:
        answer = snake.receive()
        assert (answer.kind, answer.call_id) == ("results", call_id)
        first, more = answer.body
        assert first == done
        done += len(more)
        if not more:
            break
    assert 1 <= done < 100
    assert snake.begun_items() == done
    assert snake.call("sample", "echo", 1) == 1


def test_a_child_that_comes_out_of_an_item_answers_nothing(snake: Snake) -> None:
    results = snake.map("sample", "fork_and_return", [False, True, False])
    assert [x.kind for x in results] == ["value", "value", "value"], results
    assert values(snake.map("sample", "echo", [1, 2])) == [1, 2]


def test_packed_items_are_what_pack_makes(snake: Snake) -> None:
    packed = [venomous.pack((1, "a"))]
    assert snake.packed_map("sample", "echo", packed) == [("value", (1, "a"))]
