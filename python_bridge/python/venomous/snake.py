"""One Python process of the pool, from the fork to its end."""

import atexit
import fcntl
import os
import resource
import signal
import sys
from typing import Any, Awaitable, Iterable, NamedTuple, NoReturn, Optional, Sequence

from venomous import _bridge
from venomous.errors import describe

_TERMINATED = 128 + signal.SIGTERM
_HIGH_DESCRIPTOR = 200


class EncoderCall(NamedTuple):
    """A function that is called once in each snake before it takes calls."""

    module: str
    func: str
    args: Sequence[Any]


class Habits(NamedTuple):
    """What all snakes of a pool have in common."""

    encoder: Optional[EncoderCall]
    spin_us: int
    """Microseconds to poll for the next call before going to sleep."""


class Origin(NamedTuple):
    """What a snake has to know of its zygote."""

    pid: int
    signals: Iterable[signal.Signals]
    """Signals that the zygote has blocked."""
    descriptors: Iterable[int]
    """Descriptors that are none of the snake's business."""


class Descriptors(NamedTuple):
    """What a snake has in common with the host."""

    channel: int
    """The socket that calls come through."""
    stderr: int
    """A pipe."""
    ledger: int
    """Memory to note in which calls have begun."""
    arena: int
    """Memory for long frames."""


def main(
    id: int, shared: Descriptors, habits: Habits, origin: Origin
) -> NoReturn:
    """Is the life of the forked process that `id` names."""
    code = 1
    try:
        _bridge.die_with_parent(origin.pid)
        _separate(id, shared.stderr, origin)
        server = _bridge.Server(
            _move_up(shared.channel),
            shared.ledger,
            shared.arena,
            habits.spin_us,
            describe,
            run_awaitable,
        )
        code = _serve(server, habits.encoder)
    except BaseException as error:
        if _is_termination(error):
            code = _TERMINATED
        else:
            sys.excepthook(*sys.exc_info())
    finally:
        _leave(code)


def _serve(server: _bridge.Server, encoder: Optional[EncoderCall]) -> int:
    try:
        _reseed()
        if encoder:
            _call_encoder(encoder)
    except BaseException as error:
        if _is_termination(error):
            return _TERMINATED
        server.start_failed(*describe(error))
        return 1
    return _TERMINATED if server.serve() else 0


def _is_termination(error: BaseException) -> bool:
    return isinstance(error, SystemExit) and error.code == _TERMINATED


def _separate(id: int, stderr: int, origin: Origin) -> None:
    """Makes the process one of its own, with nothing of the zygote's left in it."""
    os.setpgid(0, 0)
    os.dup2(stderr, 2)
    for descriptor in (stderr, *origin.descriptors):
        os.close(descriptor)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, _bridge.on_terminate)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, origin.signals)
    os.environ["VENOMOUS_SNAKE"] = f"{id:016x}"
    _bridge.mark_process(id)


def _move_up(descriptor: int) -> int:
    """Gives `descriptor` a number that no program takes for granted."""
    limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    lowest = _HIGH_DESCRIPTOR if limit > 2 * _HIGH_DESCRIPTOR else 10
    moved = fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, lowest)
    os.close(descriptor)
    return moved


def _reseed() -> None:
    """Gives each snake random numbers of its own. `random` sees to itself."""
    numpy_random = sys.modules.get("numpy.random")
    if numpy_random is not None:
        numpy_random.seed()


def _call_encoder(encoder: EncoderCall) -> None:
    __import__(encoder.module)
    found: Any = sys.modules[encoder.module]
    for name in encoder.func.split("."):
        found = getattr(found, name)
    found(*encoder.args)


def run_awaitable(awaitable: Awaitable[Any]) -> Any:
    """Returns what `awaitable` results in. Raises what it raises."""
    # Takes longer to import than a snake takes to start.
    import asyncio

    async def wait() -> Any:
        return await awaitable

    return asyncio.run(wait())


def _leave(code: int) -> NoReturn:
    """Ends the process as the interpreter would, save that threads do not hold it."""
    try:
        _bridge.note_termination()
        atexit._run_exitfuncs()
        for stream in (sys.stdout, sys.stderr):
            if stream is not None:
                stream.flush()
    finally:
        os._exit(code)
