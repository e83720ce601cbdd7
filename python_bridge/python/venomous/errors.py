"""How an exception is described to the host."""

import os
import sys
import traceback
from types import TracebackType
from typing import Optional, Tuple

_PACKAGE = os.path.dirname(os.path.abspath(__file__)) + os.sep


def describe(error: BaseException) -> Tuple[str, str, str]:
    """Returns the qualified type, the text and the formatted traceback of `error`.

    The traceback begins with the first frame of the user and has the exceptions that
    `error` is chained to. It is "" if there is no frame at all. Never raises, short of
    running out of memory or being ended by a signal.
    """
    return _printable(_type(error)), _printable(_text(error)), _backtrace(error)


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


def _backtrace(error: BaseException) -> str:
    frames = _frames_of_user(error.__traceback__)
    if frames is None and error.__cause__ is None and error.__context__ is None:
        return ""
    try:
        lines = traceback.format_exception(type(error), error, frames)
    except Exception:
        return "<traceback could not be formatted>"
    return _printable("".join(lines))


def _frames_of_user(frames: Optional[TracebackType]) -> Optional[TracebackType]:
    below_us = _skip(frames, _PACKAGE)
    if below_us is frames or "asyncio" not in sys.modules:
        return below_us
    # Between us and a coroutine there is the event loop.
    loop = os.path.dirname(sys.modules["asyncio"].__file__ or "") + os.sep
    return _skip(below_us, _PACKAGE, loop) or below_us


def _skip(frames: Optional[TracebackType], *folders: str) -> Optional[TracebackType]:
    while frames and frames.tb_frame.f_code.co_filename.startswith(folders):
        frames = frames.tb_next
    return frames


def _printable(text: str) -> str:
    """Returns `text` with what UTF-8 does not permit as backslash escapes."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
