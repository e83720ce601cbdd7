"""How a process that runs user code ends.

It ends as the interpreter ends a program: it waits for threads, runs `atexit` handlers,
and calls finalizers, so that files are complete and temporary files removed. But
objects from before the fork are the parent's to finalize, and modules are not taken
apart: that would take longer than starting the next process, copy most of the memory
that the two share, and delete files that other processes use.
"""

import atexit
import contextlib
import gc
import io
import os
import signal
import sys
import traceback
import weakref
from functools import partial
from types import CodeType, FrameType, FunctionType, GeneratorType, ModuleType
from typing import Any, Iterable, Iterator, List, NoReturn, Optional, Set

from venomous import _bridge
from venomous.errors import frames_of_user

# The class in C: isinstance with the one in Python leaves a cache entry for each type.
_FILE: type = io.IOBase.__mro__[1]

# Everything can be reached from these.
_OPAQUE = (type, ModuleType, FunctionType, CodeType, FrameType)

_LOOKED_AT = 100_000
"""How many objects to examine to find out which one holds which."""

_inherited_files: "List[weakref.ref[Any]]" = []


class _TimeIsUp(BaseException):
    """Joining the threads takes too long."""


# -- what belongs to the parent ----------------------------------------------------


def take_stock(objects: List[object]) -> None:
    """Remembers the open files among `objects`, which all forked processes inherit."""
    for file in _bridge.instances(objects, _FILE):
        try:
            if file.writable():
                # Otherwise each process would write the same data.
                file.flush()
                _inherited_files.append(weakref.ref(file))
        except Exception:
            pass  # Closed, or broken.


# Without any Python code, which would take memory in each forked process.
os.register_at_fork(
    after_in_child=partial(
        _bridge.leave_to_parent, gc.freeze, getattr(weakref.finalize, "_registry", {})
    )
)


# -- ends --------------------------------------------------------------------------


def end(code: int, patience: float) -> NoReturn:
    """Ends this process. Threads have `patience` seconds to end before that."""
    try:
        _wind_up(patience)
    finally:
        os._exit(code)


def end_child(error: Optional[BaseException]) -> NoReturn:
    """Ends a process that user code has forked and that came out of that code.

    With the given error, if any, as a program does.
    """
    code = 1
    try:
        if error is not None:
            code = _report(error)
            # This closes files that are open in the frames.
            traceback.clear_frames(error.__traceback__)
        else:
            code = 0
        _wind_up(None)
        if isinstance(error, KeyboardInterrupt):
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            os.kill(os.getpid(), signal.SIGINT)
    finally:
        os._exit(code)


@contextlib.contextmanager
def children_end() -> Iterator[None]:
    """Ends processes that are forked in the block and come out of it."""
    own_pid = os.getpid()
    try:
        yield
    except BaseException as error:
        if os.getpid() != own_pid:
            end_child(error)
        raise
    if os.getpid() != own_pid:
        end_child(None)


def _report(error: BaseException) -> int:
    """Prints the error as the interpreter does. Returns the exit code."""
    if not isinstance(error, SystemExit):
        frames = frames_of_user(error.__traceback__)
        sys.excepthook(type(error), error.with_traceback(frames), frames)
        return 1
    if error.code is None:
        return 0
    if isinstance(error.code, int):
        return error.code & 0xFF
    if sys.stderr is not None:
        print(error.code, file=sys.stderr)
    return 1


def _wind_up(patience: Optional[float]) -> None:
    """Does what must be done before this process ends. None waits without a limit."""
    _bridge.note_termination()
    signal.setitimer(signal.ITIMER_REAL, 0)
    threading: Any = sys.modules.get("threading")
    if threading and threading.active_count() > 1:
        if patience is None or patience > 0:
            _join(threading, patience)
        # Remaining threads find closed files: their errors would only confuse.
        threading.excepthook = lambda _: None
    atexit._run_exitfuncs()
    _finalize()
    _flush_all()


def _join(threading: Any, patience: Optional[float]) -> None:
    """Lets threads, and the executors that they belong to, finish."""
    try:
        try:
            if patience is not None:
                _set_alarm(patience)
            threading._shutdown()
        finally:
            signal.signal(signal.SIGALRM, signal.SIG_IGN)
    except _TimeIsUp:
        pass
    except Exception:
        traceback.print_exc()


def _set_alarm(seconds: float) -> None:
    def on_alarm(_number: int, _frame: Optional[FrameType]) -> NoReturn:
        raise _TimeIsUp

    signal.signal(signal.SIGALRM, on_alarm)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGALRM])
    signal.setitimer(signal.ITIMER_REAL, seconds)


# -- finalizers --------------------------------------------------------------------


def _finalize() -> None:
    """Calls the finalizers of all objects that this process has made."""
    # Objects from before the fork are frozen, and not among these.
    ours = _bridge.with_finalizer(gc.get_objects())
    if not ours:
        return
    # A finalizer may close the targets of these.
    _flush_all()
    standard = {id(sys.stdin), id(sys.stdout), id(sys.stderr)}
    files = {id(x): x for x in _bridge.instances(ours, _FILE)}
    # Finalizers of classes may write to files, so files come last.
    others = [x for x in ours if id(x) not in files and not _is_running(x)]
    for found in (others, [x for x in files.values() if id(x) not in standard]):
        for x in _outermost_first(found):
            _bridge.finalize(x)
        # A finalizer may have written to a file that is about to be closed.
        _flush_all()


def _is_running(x: object) -> bool:
    """Returns whether `x` is a generator that another thread is running."""
    return isinstance(x, GeneratorType) and x.gi_running


def _outermost_first(objects: List[object]) -> Iterable[object]:
    """Sorts so that each object comes before those that it holds."""
    wanted = set(map(id, objects))
    seen: Set[int] = set()
    innermost_first: List[object] = []
    for root in objects:
        stack = [(root, False)]
        while stack:
            x, is_done = stack.pop()
            if is_done:
                innermost_first.append(x)
            elif id(x) not in seen and (id(x) in wanted or len(seen) < _LOOKED_AT):
                seen.add(id(x))
                if id(x) in wanted:
                    stack.append((x, True))
                stack.extend((y, False) for y in gc.get_referents(x) if _is_clear(y))
    return reversed(innermost_first)


def _is_clear(x: object) -> bool:
    return gc.is_tracked(x) and not issubclass(type(x), _OPAQUE)


# -- files -------------------------------------------------------------------------


def _flush_all() -> None:
    """Flushes files that others opened, and may write to after this process."""
    for stream in (sys.stdout, sys.stderr):
        _flush(stream)
    for reference in _inherited_files:
        _flush(reference())
    _bridge.flush_c_streams()


def _flush(file: Any) -> None:
    """Writes what a file still buffers. Its reader may be gone."""
    try:
        if file is not None and not file.closed:
            file.flush()
    except Exception:
        pass
