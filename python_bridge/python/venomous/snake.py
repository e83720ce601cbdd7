"""One Python process of the pool, from the fork to its end."""

import os
import resource
import signal
import sys
from typing import Any, NamedTuple, NoReturn, Optional, Sequence, Tuple

# The bridge imports these during a call; importing them here does it once for all
# snakes.
import venomous.plans  # noqa: F401
import venomous.sent  # noqa: F401
from venomous import _bridge, ending
from venomous.awaiting import run_awaitable
from venomous.errors import describe
from venomous.randomness import reseed

_TERMINATED = 128 + signal.SIGTERM


class EncoderCall(NamedTuple):
    """A function that each snake calls once before it takes calls."""

    module: str
    func: str
    args: Sequence[Any]


class Limits(NamedTuple):
    """How much of the machine a snake may use. 0 for as much as the zygote may."""

    address_space: int
    """In bytes."""

    cpu_seconds: int
    open_files: int
    niceness: int
    core_dumps: bool


class Habits(NamedTuple):
    """What all snakes of a pool share."""

    encoder: Optional[EncoderCall]
    spin_us: int
    """Microseconds to poll for the next call before going to sleep."""

    max_result: int
    """The maximum size of a result in bytes."""

    pickle_fallback: bool
    """Whether to pickle, and unpickle, objects without a twin in C++."""

    limits: Limits
    grace: float
    """Seconds between SIGTERM and SIGKILL."""


def main(id: int, channel: int, ledger: int, arena: int, habits: Habits) -> NoReturn:
    """Runs the snake `id` in its forked process, from start to end.

    `channel` is the socket through which calls come. `ledger` and `arena` are memory
    that the host shares: the one to note which calls have begun, the other for long
    frames.
    """
    code, patience = 1, 0.0
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
            ending.end_child,
        )
        code, patience = _serve(server, habits)
    except BaseException as error:
        if _is_termination(error):
            code = _TERMINATED
        else:
            sys.excepthook(*sys.exc_info())
    finally:
        ending.end(code, patience)


def _serve(server: _bridge.Server, habits: Habits) -> Tuple[int, float]:
    """Returns the exit code, and how many seconds to wait for threads."""
    try:
        _limit(habits.limits)
        reseed()
        if habits.pickle_fallback:
            _bridge.permit_opaque()
        if habits.encoder:
            _call_encoder(habits.encoder)
    except BaseException as error:
        if _is_termination(error):
            return _TERMINATED, 0
        server.start_failed(*describe(error))
        return 1, 0
    code = _TERMINATED if server.serve() else 0
    # A call that had to be ended may have threads that never end. Otherwise the steps
    # that follow the threads get half of the grace.
    return code, 0 if server.is_busy else habits.grace / 2


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


def _set_limit(name: str, limit: int, soft: int, hard: Optional[int] = None) -> None:
    try:
        resource.setrlimit(limit, (soft, soft if hard is None else hard))
    except (OSError, ValueError) as error:
        raise RuntimeError(f"{name}: {error}") from error


def _call_encoder(encoder: EncoderCall) -> None:
    with ending.children_end():
        __import__(encoder.module)
        found: Any = sys.modules[encoder.module]
        for name in encoder.func.split("."):
            found = getattr(found, name)
        found(*encoder.args)
