"""The Python side of Venomous for C++.

Functions that C++ calls need nothing from here. If one takes longer than its soft
timeout, or is canceled, `CallInterrupted` is raised in it: it may clean up, and should
then end. An encoder function, named by the option `encoder` and called once in each
snake, may register how to translate values:

    import venomous

    def register() -> None:
        venomous.set_encoder(lambda result: ...)
        venomous.set_decoder(lambda argument: ...)

Single types get codecs of their own, there or when a module is imported:

    @venomous.encoder(Money)
    def encode(money: Money) -> tuple[int, str]: ...

    @venomous.decoder("Money")
    def decode(parts: tuple[int, str]) -> Money: ...

`pack` and `unpack` convert to and from the bytes on the wire, for tests of such
functions.
"""

from typing import Any, Callable, Optional, TypeVar

from venomous import _bridge
from venomous._bridge import (
    MAX_DEPTH,
    CallInterrupted,
    Kept,
    Undecodable,
    Unencodable,
    pack,
    unpack,
)
from venomous.frozen import FrozenDict

__all__ = [
    "MAX_DEPTH",
    "CallInterrupted",
    "FrozenDict",
    "Kept",
    "Undecodable",
    "Unencodable",
    "decoder",
    "encoder",
    "keep",
    "pack",
    "set_decoder",
    "set_encoder",
    "unpack",
]


_Encode = TypeVar("_Encode", bound=Callable[[Any], Any])
_Decode = TypeVar("_Decode", bound=Callable[[Any], Any])


def encoder(cls: type, tag: Optional[str] = None) -> Callable[[_Encode], _Encode]:
    """Registers the function below as the encoder of objects of `cls`.

    It also applies to subclasses that have none of their own, and may return anything
    that can be sent, including objects with such encoders. `tag` identifies the type at
    the other end, and defaults to the name of the class. The basic types, which need no
    encoder, cannot have one.
    """

    def register(func: _Encode) -> _Encode:
        _bridge.set_custom_encoder(cls, cls.__name__ if tag is None else tag, func)
        return func

    return register


def decoder(tag: str) -> Callable[[_Decode], _Decode]:
    """Registers the function below as the decoder for `tag`."""

    def register(func: _Decode) -> _Decode:
        _bridge.set_custom_decoder(tag, func)
        return func

    return register


def keep(obj: object) -> Kept:
    """Returns a stand-in for `obj` in a result, while `obj` stays in this process.

    C++ gets a reference. A call that has it among its arguments gets `obj` itself. Once
    C++ has dropped the last copy of the reference, `obj` is released. Results of maps
    cannot keep anything.
    """
    return Kept(obj)


def set_encoder(func: Optional[Callable[[Any], Any]]) -> None:
    """Applies `func` to each result before it is sent; None ends that.

    Its result must consist of None, bool, int, float, str, bytes, list, tuple and dict.
    If it raises, its exception is the answer of the call.

    Raises TypeError if `func` is neither callable nor None.
    """
    _bridge.set_encoder(func)


def set_decoder(func: Optional[Callable[[Any], Any]]) -> None:
    """Applies `func` to each argument, positional and by keyword; None ends that.

    What it raises is the answer of the call.

    Raises TypeError if `func` is neither callable nor None.
    """
    _bridge.set_decoder(func)
