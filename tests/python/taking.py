"""Makes snakes take what they have sent."""

from typing import Any

import venomous
from conftest import Snake


def assert_taken(snake: Snake, module: str, expression: str, func: str) -> None:
    """Sends the value of `expression` in `module`, as it came from there, to `func`.

    `func` returns whether it is the same.
    """
    code = f"__import__('venomous').pack(__import__('{module}').make({expression!r}))"
    packed: bytes = snake.call("builtins", "eval", code)
    args = b"\x92" + packed + venomous.pack(expression)
    name = venomous.pack(module) + venomous.pack(func)
    snake.send_body(name + args + venomous.pack({}))
    answer = snake.receive()
    assert (answer.kind, answer.body) == ("value", True)


def sent(snake: Snake, module: str, expression: str) -> Any:
    """Returns the value of `expression` in `module`, as it comes from there."""
    return snake.call(module, "make", expression)
