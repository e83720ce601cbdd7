"""The compiled half of the package."""

from typing import Any, Awaitable, Callable, Dict, List, NoReturn, Optional, Tuple, Union

protocol: int
"""The number of the protocol that this build speaks; the host has to have the same."""

version: str
"""The version of the library, for people."""

MAX_DEPTH: int
"""The maximum nesting depth of lists, tuples and dicts in one value."""

LEDGER_SIZE: int
"""How many bytes of memory a snake and its host share."""

class Unencodable(ValueError):
    """A value has no twin on the wire. The text names its type and place."""

class Undecodable(ValueError):
    """Bytes are not a value. The text says why and where."""

def pack(value: Any) -> bytes:
    """Returns the bytes of `value` on the wire. Raises Unencodable."""

def unpack(data: bytes) -> Any:
    """Returns the value that `data` stands for. Raises Undecodable."""

def set_encoder(func: Optional[Callable[[Any], Any]]) -> None: ...
def set_decoder(func: Optional[Callable[[Any], Any]]) -> None: ...
def set_custom_encoder(cls: type, tag: str, func: Callable[[Any], Any]) -> None: ...
def set_custom_decoder(tag: str, func: Callable[[Any], Any]) -> None: ...
def permit_opaque() -> None:
    """From now on, pickles and unpickles objects without a twin in C++."""

MAX_TEXT: int
"""The maximum size in bytes of an error text, and of its traceback."""

def printable(text: str, size: int, left_out: int = 0) -> str:
    """Returns `text`, and escapes whatever UTF-8 does not permit.

    If it takes more than `size` bytes, its middle is left out, where `left_out`
    characters are already missing.
    """

class Kept:
    """Stands in a result for an object that stays in this process."""

    def __init__(self, object: object) -> None: ...

def count_kept() -> int:
    """Returns how many objects C++ refers to."""

def on_terminate(signum: int, frame: Any) -> None:
    """Handler for SIGTERM. Raises SystemExit(143), the first time only."""

class CallInterrupted(BaseException):
    """The call has run for longer than its soft timeout, or was canceled."""

def on_interrupt(signum: int, frame: Any) -> None:
    """Handler for SIGURG. Raises CallInterrupted if the ledger names this call."""

def note_termination() -> bool:
    """Makes `on_terminate` do nothing. Returns False if it has already raised."""

def instances(objects: List[Any], cls: type) -> List[Any]:
    """Returns those of `objects` that are of `cls`. Runs no user code."""

def with_finalizer(objects: List[Any]) -> List[Any]:
    """Returns those of `objects` that have a `__del__`, except coroutines and tasks."""

def finalize(x: object) -> None:
    """Calls `__del__` of `x`, only once ever. An exception is printed."""

def leave_to_parent(freeze: Callable[[], None], finalizers: Dict[Any, Any]) -> None:
    """Freezes all objects, and keeps the finalizers from being called at exit."""

def flush_c_streams() -> None:
    """Flushes the streams of C code."""

def become_subreaper() -> None:
    """Makes this process the parent of descendants whose own parent ended."""

def signal_descriptor(numbers: List[int]) -> int:
    """Blocks signals and returns a descriptor through which they come.

    128 bytes each, the number in the first four. A forked process has to unblock them.
    """

def watch_parent(control: int, program: List[str], patience_ms: int) -> None:
    """Makes this process run another program when its parent is gone.

    This works even if the process is stopped or hangs then. SIGCONT signals the end of
    the parent, as does end of file on the socket `control`. The process has
    `patience_ms` to end by itself. Call it again after user code has run, which may
    have undone it.
    """

def children() -> List[Tuple[int, str]]:
    """Returns (pid, VENOMOUS_SNAKE or "") of each child that has not ended."""

def is_tracker(pid: int) -> bool:
    """Returns whether a process cleans up after the processes that it serves."""

class ForkServer:
    """Forks the snakes that the host asks for through the socket `control`.

    A snake has its own process group, which ends with the zygote. Its standard error
    is the host's pipe, the descriptors given here are closed, `blocked` signals are not
    blocked, and VENOMOUS_SNAKE in /proc/<pid>/environ is its id.
    """

    def __init__(
        self, control: int, host: int, signals: int, blocked: List[int]
    ) -> None: ...
    def wait(self, timeout: int) -> Union[List[int], Tuple[int, int, int, int]]:
        """Waits for `timeout` milliseconds, -1 for no limit.

        Returns the descriptors that are ready for something other than a request for a
        snake; in a snake its id and its channel, ledger and arena.
        """

    def stop(self) -> None:
        """Refuses requests from now on."""

    def forget_host(self) -> None:
        """No longer waits for the host."""

    def take_births(self) -> List[Tuple[int, int]]:
        """Returns (id, pid) of the snakes that were forked since the last call."""

class Server:
    """Answers the calls that come through a socket.

    `ledger` is the descriptor of the memory in which it notes what has begun, and keeps
    finished results that are not sent yet, `arena` that of the memory for long frames.
    It polls for `spin_us` microseconds before it sleeps. A result that takes more than
    `max_result` bytes is an error. `describe` returns (type, text, traceback) of an
    exception, `await_` runs an awaitable to its end, and `end_child` ends a process
    that a call has forked.
    """

    def __init__(
        self,
        fd: int,
        ledger: int,
        arena: int,
        spin_us: int,
        max_result: int,
        describe: Callable[[BaseException], Tuple[str, str, str]],
        await_: Callable[[Awaitable[Any]], Any],
        end_child: Callable[[Optional[BaseException]], NoReturn],
    ) -> None: ...
    @property
    def is_busy(self) -> bool:
        """Whether SIGTERM came while user code ran."""

    def start_failed(self, exception: str, error: str, backtrace: str) -> None: ...
    def serve(self) -> bool:
        """Returns True after SIGTERM, False after the end of file."""
