"""Coroutines that functions return: how they run, and where they wait."""

import gc
from types import (
    AsyncGeneratorType,
    CoroutineType,
    FrameType,
    GeneratorType,
    TracebackType,
)
from typing import Any, Awaitable, Iterable, Iterator, Optional

_awaited: Any = None
"""The awaitable that a call has returned."""

_running: Any = None
"""The coroutine that awaits it."""

_FRAMES_SHOWN = 100


def run_awaitable(awaitable: Awaitable[Any]) -> Any:
    """Returns the result of `awaitable`. Raises what it raises."""

    async def wait() -> Any:
        return await awaitable

    global _awaited, _running
    _awaited, _running = awaitable, wait()
    try:
        # Importing it takes longer than starting a snake.
        import asyncio

        return asyncio.run(_running)
    finally:
        _running.close()
        _awaited = _running = None


def traceback_of_awaited() -> Optional[TracebackType]:
    """Returns where the awaitable of the call waits, outermost frame first.

    None if there is no awaitable, or if it runs: then its frames are on the stack.
    """
    if _running is None or _running.cr_running:
        return None
    result: Optional[TracebackType] = None
    for frame in reversed(list(_frames(_running.cr_await or _awaited))):
        result = TracebackType(result, frame, frame.f_lasti, frame.f_lineno)
    return result


def _frames(awaited: Any) -> Iterator[FrameType]:
    for _ in range(_FRAMES_SHOWN):
        frame: Optional[FrameType] = None
        if isinstance(awaited, CoroutineType):
            frame, awaited = awaited.cr_frame, awaited.cr_await
        elif isinstance(awaited, AsyncGeneratorType):
            frame, awaited = awaited.ag_frame, awaited.ag_await
        elif isinstance(awaited, GeneratorType):
            frame, awaited = awaited.gi_frame, awaited.gi_yieldfrom
        else:
            awaited = _behind(awaited)
        if frame is not None:
            yield frame
            # asyncio waits for tasks by a future that does not refer to them.
            if frame.f_globals.get("__name__", "").startswith("asyncio."):
                awaited = _pending(frame.f_locals.values()) or awaited
        if awaited is None:
            return


def _behind(awaited: Any) -> Any:
    """Returns the code that runs when `awaited` continues, None if that is not Python.
    """
    import asyncio

    if isinstance(awaited, asyncio.Task):
        return awaited.get_coro()
    if isinstance(awaited, asyncio.Future):
        return _pending(getattr(awaited, "_children", ()))
    # An internal iterator of the interpreter.
    known = (CoroutineType, AsyncGeneratorType, GeneratorType, asyncio.Future)
    return next((x for x in gc.get_referents(awaited) if isinstance(x, known)), None)


def _pending(candidates: Iterable[Any]) -> Any:
    """Returns a task that is not done, in `candidates` or in a container there."""
    import asyncio

    for x in candidates:
        if type(x) is getattr(asyncio, "TaskGroup", None):
            x = x._tasks
        group = x if isinstance(x, (set, list)) else [x]
        for task in group:
            if isinstance(task, asyncio.Task) and not task.done():
                return task
    return None
