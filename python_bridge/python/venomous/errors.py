"""Describes an exception to the host."""

import os
import sys
import traceback
from types import TracebackType
from typing import Iterable, Optional, Tuple

from venomous._bridge import MAX_TEXT, printable

_PACKAGE = os.path.dirname(os.path.abspath(__file__)) + os.sep


def describe(error: BaseException, size: int = MAX_TEXT) -> Tuple[str, str, str]:
    """Returns the qualified type, the text and the formatted traceback of `error`.

    The traceback begins with the first frame of the user and includes the exceptions
    that `error` is chained to. It is "" if there is no frame at all. The middle of
    anything longer than `size` bytes is left out. Never raises, short of running out of
    memory or being ended by a signal.
    """
    type_and_text = printable(_type(error), size), printable(_text(error), size)
    return (*type_and_text, _backtrace(error, size))


def _type(error: BaseException) -> str:
    cls = type(error)
    if cls.__module__ == "builtins":
        return cls.__qualname__
    return f"{cls.__module__}.{cls.__qualname__}"


def _text(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:
        return "<exception str() failed>"


def _backtrace(error: BaseException, size: int) -> str:
    frames = frames_of_user(error.__traceback__)
    if frames is None and error.__cause__ is None and error.__context__ is None:
        return ""
    try:
        trace = traceback.TracebackException(type(error), error, frames, compact=True)
        return _joined(trace.format(), size)
    except Exception:
        return "<traceback could not be formatted>"


def _joined(lines: Iterable[str], size: int) -> str:
    """Returns all lines, printable, without holding all of them at the same time.

    Lines may be long: the text of the exception is one of them.
    """
    first = last = ""
    left_out = 0
    for line in lines:
        end = min(size - len(first), len(line))
        begin = max(end, len(line) - size)
        first += line[:end]
        last += line[begin:]
        left_out += begin - end
        if len(last) > 2 * size:
            left_out += len(last) - size
            last = last[len(last) - size :]
    return printable(first + last, size, left_out)


def frames_of_user(frames: Optional[TracebackType]) -> Optional[TracebackType]:
    """Returns `frames`, starting with the first one that is not ours."""
    below_us = _skip(frames, _PACKAGE)
    if below_us is frames or "asyncio" not in sys.modules:
        return below_us
    # The event loop is between us and a coroutine.
    loop = os.path.dirname(sys.modules["asyncio"].__file__ or "") + os.sep
    idle = sys.modules["selectors"].__file__ or ""
    return _skip(below_us, _PACKAGE, loop, idle) or below_us


def _skip(frames: Optional[TracebackType], *folders: str) -> Optional[TracebackType]:
    while frames and frames.tb_frame.f_code.co_filename.startswith(folders):
        frames = frames.tb_next
    return frames
