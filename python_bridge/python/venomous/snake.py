"""One Python process of the pool, from the fork to its end."""

import atexit
import os
import resource
import signal
import sys
from typing import Any, Awaitable, NamedTuple, NoReturn, Optional, Sequence

# The bridge imports these in a call: here they are imported once for all snakes.
import venomous.plans  # noqa: F401
import venomous.sent  # noqa: F401
from venomous import _bridge
from venomous.errors import describe

_TERMINATED = 128 + signal.SIGTERM


class EncoderCall(NamedTuple):
    """A function that is called once in each snake before it takes calls."""

    module: str
    func: str
    args: Sequence[Any]


class Limits(NamedTuple):
    """What a snake may use of the machine. 0 for as much as the zygote may."""

    address_space: int
    """In bytes."""

    cpu_seconds: int
    open_files: int
    niceness: int
    core_dumps: bool


class Habits(NamedTuple):
    """What all snakes of a pool have in common."""

    encoder: Optional[EncoderCall]
    spin_us: int
    """Microseconds to poll for the next call before going to sleep."""

    max_result: int
    """How many bytes a result may have."""

    pickle_fallback: bool
    """Whether to pickle, and unpickle, what has no twin in C++."""

    limits: Limits


def main(id: int, channel: int, ledger: int, arena: int, habits: Habits) -> NoReturn:
    """Is the life of the forked process that `id` names.

    `channel` is the socket that calls come through. `ledger` and `arena` are memory
    that the host shares: to note in which calls have begun, and for long frames.
    """
    code = 1
    try:
        os.environ["VENOMOUS_SNAKE"] = f"{id:016x}"
        server = _bridge.Server(
            channel,
            ledger,
            arena,
            habits.spin_us,
            habits.max_result,
            describe,
            run_awaitable,
        )
        code = _serve(server, habits)
    except BaseException as error:
        if _is_termination(error):
            code = _TERMINATED
        else:
            sys.excepthook(*sys.exc_info())
    finally:
        _leave(code)


def _serve(server: _bridge.Server, habits: Habits) -> int:
    try:
        _limit(habits.limits)
        _reseed()
        if habits.pickle_fallback:
            _bridge.permit_opaque()
        if habits.encoder:
            _call_encoder(habits.encoder)
    except BaseException as error:
        if _is_termination(error):
            return _TERMINATED
        server.start_failed(*describe(error))
        return 1
    return _TERMINATED if server.serve() else 0


def _is_termination(error: BaseException) -> bool:
    return isinstance(error, SystemExit) and error.code == _TERMINATED


def _limit(limits: Limits) -> None:
    if limits.address_space:
        _set_limit("address-space-mb", resource.RLIMIT_AS, limits.address_space)
    if limits.cpu_seconds:
        # SIGXCPU comes at the first number only, and SIGKILL at the second.
        seconds = limits.cpu_seconds
        _set_limit("cpu-seconds", resource.RLIMIT_CPU, seconds, seconds + 1)
    if limits.open_files:
        _set_limit("open-files", resource.RLIMIT_NOFILE, limits.open_files)
    if limits.niceness:
        os.nice(limits.niceness)
    if not limits.core_dumps:
        _set_limit("core-dumps", resource.RLIMIT_CORE, 0)


def _set_limit(name: str, what: int, soft: int, hard: Optional[int] = None) -> None:
    try:
        resource.setrlimit(what, (soft, soft if hard is None else hard))
    except (OSError, ValueError) as error:
        raise RuntimeError(f"{name}: {error}") from error


def _reseed() -> None:
    """Gives each snake random numbers of its own. `random` sees to itself."""
    numpy_random = sys.modules.get("numpy.random")
    if numpy_random is not None:
        numpy_random.seed()


def _call_encoder(encoder: EncoderCall) -> None:
    own_pid = os.getpid()
    try:
        __import__(encoder.module)
        found: Any = sys.modules[encoder.module]
        for name in encoder.func.split("."):
            found = getattr(found, name)
        found(*encoder.args)
    finally:
        if os.getpid() != own_pid:
            os._exit(0)  # The encoder forked, and the child came out of it.


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
