"""The Python side of Venomous for C++.

Functions that C++ calls need nothing from here. One that takes longer than its soft
timeout, or was taken back, gets `CallInterrupted` raised in it: it may clean up, and
should end then. An encoder function, named by the
option `encoder` and called once in each snake, may register how values are
translated:

    import venomous

    def register() -> None:
        venomous.set_encoder(lambda result: ...)
        venomous.set_decoder(lambda argument: ...)

`pack` and `unpack` make the bytes that travel, for tests of such functions.
"""

from typing import Any, Callable, Optional

from venomous import _bridge
from venomous._bridge import (
    MAX_DEPTH,
    CallInterrupted,
    Undecodable,
    Unencodable,
    pack,
    unpack,
)

__all__ = [
    "MAX_DEPTH",
    "CallInterrupted",
    "Undecodable",
    "Unencodable",
    "pack",
    "set_decoder",
    "set_encoder",
    "unpack",
]


def set_encoder(func: Optional[Callable[[Any], Any]]) -> None:
    """Has `func` applied to each result before it is sent; None ends that.

    What it returns must consist of None, bool, int, float, str, bytes, list, tuple
    and dict. What it raises is the answer of the call.

    Raises TypeError if `func` is neither callable nor None.
    """
    _bridge.set_encoder(func)


def set_decoder(func: Optional[Callable[[Any], Any]]) -> None:
    """Has `func` applied to each argument, positional and by keyword; None ends that.

    What it raises is the answer of the call.

    Raises TypeError if `func` is neither callable nor None.
    """
    _bridge.set_decoder(func)
