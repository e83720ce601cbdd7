"""A host for the zygote to talk to, and a watch over the processes of each test.

VENOMOUS_PYTHON_DIR names the built folder with `__main__.py` and the package.
"""

import itertools
import json
import mmap
import os
import secrets
import select
import socket
import struct
import sys
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import (
    Any,
    Callable,
    Dict,
    Iterable,
    Iterator,
    List,
    NamedTuple,
    Optional,
    Sequence,
    Tuple,
    Type,
)

import pytest

PYTHON_DIR = Path(os.environ["VENOMOUS_PYTHON_DIR"])
sys.path.insert(0, str(PYTHON_DIR))

import venomous  # noqa: E402
from processes import (  # noqa: E402
    PATIENCE,
    inherited_descriptors,
    leftovers,
    processes_of,
    wait_for_end,
)
from venomous._bridge import LEDGER_SIZE, protocol, version  # noqa: E402

MODULES = Path(__file__).parent / "modules"
ARENA_SIZE = mmap.PAGESIZE + 2 * (1 << 20)
"""Of the control page and a megabyte each way, see python_bridge/memory/arena.hpp."""

_HEADER = struct.Struct("=IBB2xQ")
_REFERENCE = struct.Struct("=QQII")
_SLOTS = 1024
"""The first ones in the control page are those of arguments."""

_KINDS = {
    16: "ready",
    17: "start_failed",
    18: "value",
    19: "exception",
    20: "undecodable",
    21: "unencodable",
    22: "results",
}
_RESULT = struct.Struct("=BI")
_SIZE = struct.Struct("=I")
_LEDGER_WORDS = struct.Struct("=QQQ")
_PLACE_OF_RESULTS = 4096
_numbers = itertools.count(1)


class Answer(NamedTuple):
    """A frame that came from a snake."""

    kind: str
    body: Any
    call_id: int


class Result(NamedTuple):
    """What became of an item of a map."""

    kind: str
    body: Any


def results_in(body: bytes) -> Tuple[int, List[Result]]:
    """Returns the number of the first one, and all that are in a frame."""
    (first,) = _SIZE.unpack_from(body)
    found = []
    at = _SIZE.size
    while at < len(body):
        kind, length = _RESULT.unpack_from(body, at)
        at += _RESULT.size
        found.append(Result(_KINDS[kind], venomous.unpack(body[at : at + length])))
        at += length
    return first, found


def shared_memory(size: int) -> int:
    """Returns the descriptor of memory for both ends."""
    descriptor = os.memfd_create("test")
    os.ftruncate(descriptor, size)
    return descriptor


class Snake:
    """The host's end of one Python process."""

    def __init__(
        self,
        id: int,
        pid: int,
        channel: socket.socket,
        stderr: int,
        ledger: mmap.mmap,
        arena: mmap.mmap,
    ):
        self.id = id
        self.pid = pid
        self.channel = channel
        self.arena = arena
        self._ledger = ledger
        self._stderr = stderr

    def close(self) -> None:
        """Closes both descriptors."""
        self.channel.close()
        self.arena.close()
        self._ledger.close()
        if self._stderr >= 0:
            os.close(self._stderr)
        self._stderr = -1

    def send(self, module: str, func: str, *args: Any, **kwargs: Any) -> int:
        """Sends a call and returns its id."""
        body = b"".join(map(venomous.pack, (module, func, list(args), kwargs)))
        return self.send_body(body)

    def send_all(self, calls: Sequence[Sequence[Any]]) -> None:
        """Sends calls, each a module, a function and arguments, without a pause."""
        data = b""
        for module, func, *args in calls:
            body = b"".join(map(venomous.pack, (module, func, args, {})))
            data += _HEADER.pack(len(body), 1, 0, secrets.randbits(64)) + body
        threading.Thread(target=self.channel.sendall, args=(data,)).start()

    def send_body(self, body: bytes) -> int:
        """Sends a call that consists of any bytes and returns its id."""
        return self._send_frame(1, body)

    def _send_frame(self, kind: int, body: bytes) -> int:
        call_id = secrets.randbits(64)
        self.channel.sendall(_HEADER.pack(len(body), kind, 0, call_id) + body)
        return call_id

    def send_map(self, module: str, func: str, items: Iterable[Any]) -> int:
        """Sends a chunk of a map and returns its id."""
        return self.send_packed_map(module, func, map(venomous.pack, items))

    def send_packed_map(self, module: str, func: str, items: Iterable[bytes]) -> int:
        """Sends a chunk of any bytes and returns its id."""
        name = venomous.pack(module) + venomous.pack(func)
        parts = (_SIZE.pack(len(part)) + part for part in (name, *items))
        return self._send_frame(2, b"".join(parts))

    def map(self, module: str, func: str, items: Iterable[Any]) -> List[Result]:
        """Returns what became of each item."""
        return self.packed_map(module, func, [venomous.pack(x) for x in items])

    def packed_map(self, module: str, func: str, items: List[bytes]) -> List[Result]:
        """Returns what became of each item, which may be any bytes."""
        found: List[Result] = []
        while len(found) < len(items):
            found += self._chunk(module, func, items[len(found) :])
        return found

    def _chunk(self, module: str, func: str, items: List[bytes]) -> List[Result]:
        """Returns the results up to where the snake leaves a chunk that takes long."""
        call_id = self.send_packed_map(module, func, items)
        found: List[Result] = []
        while len(found) < len(items):
            answer = self.receive()
            assert (answer.kind, answer.call_id) == ("results", call_id)
            first, more = answer.body
            assert first == len(found)
            if not more:
                break
            found += more
        assert found
        return found

    def begun_items(self) -> int:
        """Returns how many items of the last chunk are begun."""
        _, items, _ = _LEDGER_WORDS.unpack_from(self._ledger)
        return int(items & 0x7FFFFFFF)

    def take_back_items(self) -> None:
        """Has no further item of the last chunk begin."""
        begun, items, published = _LEDGER_WORDS.unpack_from(self._ledger)
        _LEDGER_WORDS.pack_into(self._ledger, 0, begun, items | 1 << 31, published)

    def unsent(self) -> Tuple[int, List[Result]]:
        """Returns the results that are finished and not sent."""
        _, _, published = _LEDGER_WORDS.unpack_from(self._ledger)
        size = published & 0xFFFFFFFF
        if size == 0:
            return 0, []
        return results_in(self._ledger[_PLACE_OF_RESULTS : _PLACE_OF_RESULTS + size])

    def receive(self) -> Answer:
        """Returns the next frame. Raises EOFError."""
        length, kind, in_arena, call_id = _HEADER.unpack(self._read(_HEADER.size))
        body = self._read(length)
        if in_arena:
            body = self._take_from_arena(*_REFERENCE.unpack(body))
        if _KINDS[kind] == "results":
            return Answer("results", results_in(body), call_id)
        value = venomous.unpack(body) if body else None
        return Answer(_KINDS[kind], value, call_id)

    def call(self, module: str, func: str, *args: Any, **kwargs: Any) -> Any:
        """Returns the value that a call results in."""
        answer = self.attempt(module, func, *args, **kwargs)
        assert answer.kind == "value", answer
        return answer.body

    def attempt(self, module: str, func: str, *args: Any, **kwargs: Any) -> Answer:
        """Returns the answer to a call."""
        call_id = self.send(module, func, *args, **kwargs)
        answer = self.receive()
        assert answer.call_id == call_id
        return answer

    def stderr(self) -> str:
        """Returns what has come through standard error, once all ends are closed."""
        chunks: List[bytes] = []
        while select.select([self._stderr], [], [], PATIENCE)[0]:
            chunk = os.read(self._stderr, 65536)
            if not chunk:
                return b"".join(chunks).decode()
            chunks.append(chunk)
        raise AssertionError("somebody keeps standard error open")

    def _take_from_arena(self, offset: int, size: int, slot: int, _: int) -> bytes:
        assert self.arena[_SLOTS + slot] == 1
        body = self.arena[offset : offset + size]
        self.arena[_SLOTS + slot] = 0  # From here on the snake may write there.
        return body

    def _read(self, n: int) -> bytes:
        data = b""
        while len(data) < n:
            chunk = self.channel.recv(n - len(data))
            if not chunk:
                raise EOFError
            data += chunk
        return data


class Host:
    """Starts a zygote and talks to it."""

    def __init__(
        self,
        pool: str,
        executable: str = sys.executable,
        folder: Path = PYTHON_DIR,
        stdout: int = 1,
        **configuration: Any,
    ):
        self.pool = pool
        self._snakes: List[Snake] = []
        self._put_back: List[Dict[str, Any]] = []
        self.control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.control.settimeout(PATIENCE)
        environment = {
            **os.environ,
            "VENOMOUS_SNAKE": "0" * 16,
            "VENOMOUS_POOL": pool,
        }
        null = os.open(os.devnull, os.O_RDONLY)
        self.pid: Optional[int] = os.posix_spawn(
            executable,
            [executable, str(folder), str(protocol), version, "/sources"],
            environment,
            file_actions=[
                (os.POSIX_SPAWN_DUP2, null, 0),
                (os.POSIX_SPAWN_DUP2, stdout, 1),
                (os.POSIX_SPAWN_DUP2, theirs.fileno(), 3),
                *((os.POSIX_SPAWN_CLOSE, fd) for fd in inherited_descriptors()),
            ],
            setpgroup=0,
        )
        os.close(null)
        theirs.close()
        defaults = {
            "op": "configure",
            "module_paths": [str(MODULES)],
            "preload": [],
            "cd": "",
            "encoder": None,
            "host_pid": os.getpid(),
            "spin_us": 100,
            "max_result": 1 << 30,
            "pickle_fallback": False,
            "grace_ms": 5000,
            "limits": {
                "address_space": 0,
                "cpu_seconds": 0,
                "open_files": 0,
                "niceness": 0,
                "core_dumps": False,
            },
        }
        self.send(**{**defaults, **configuration})

    def __enter__(self) -> "Host":
        return self

    def __exit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        self.control.close()
        for snake in self._snakes:
            snake.close()
        self.wait()

    def zygote(self) -> int:
        """Returns the process, which has not been waited for."""
        assert self.pid is not None
        return self.pid

    def send(self, **message: Any) -> None:
        """Sends a message to the zygote."""
        self.control.send(json.dumps(message).encode())

    def event(self, name: str) -> Dict[str, Any]:
        """Returns the next event of that name; others wait for their turn."""
        for index, event in enumerate(self._put_back):
            if event["event"] == name:
                return self._put_back.pop(index)
        while True:
            data = self.control.recv(1 << 20)
            if not data:
                raise EOFError
            event = json.loads(data)
            if event["event"] == name:
                return dict(event)
            self._put_back.append(event)

    def fork(self) -> Snake:
        """Returns a new snake that is ready."""
        snake = self.fork_only()
        answer = snake.receive()
        assert answer.kind == "ready", answer
        return snake

    def fork_only(self, then: Callable[[], None] = lambda: None) -> Snake:
        """Returns a new snake that may not be ready yet.

        Calls `then` when the zygote has the request.
        """
        id = next(_numbers)
        ours, theirs = socket.socketpair()
        ours.settimeout(PATIENCE)
        stderr, stderr_end = os.pipe()
        ledger, arena = map(shared_memory, (LEDGER_SIZE, ARENA_SIZE))
        message = b'{"id":%d,"op":"fork"}' % id
        shared = [theirs.fileno(), stderr_end, ledger, arena]
        socket.send_fds(self.control, [message], shared)
        then()
        theirs.close()
        os.close(stderr_end)
        snake = Snake(
            id,
            0,
            ours,
            stderr,
            mmap.mmap(ledger, LEDGER_SIZE),
            mmap.mmap(arena, ARENA_SIZE),
        )
        os.close(ledger)
        os.close(arena)
        self._snakes.append(snake)
        snake.pid = self.event("forked")["pid"]
        return snake

    def end(self, snake: Snake, style: str, grace_ms: int = 0) -> None:
        """Has a snake ended."""
        self.send(op="end", id=snake.id, style=style, grace_ms=grace_ms)

    def wait(self) -> int:
        """Returns the exit code of the zygote, or minus the signal that ended it."""
        assert self.pid is not None or self._exit_code is not None
        if self.pid is not None:
            wait_for_end(self.pid)
            _, status = os.waitpid(self.pid, 0)
            self._exit_code: Optional[int] = os.waitstatus_to_exitcode(status)
            self.pid = None
        assert self._exit_code is not None
        return self._exit_code


StartHost = Callable[..., Host]


@pytest.fixture
def pool() -> Iterator[str]:
    """A name for the pool of the test, which has to leave nothing behind."""
    name = f"test-{os.getpid()}-{next(_numbers)}"
    before = leftovers(name)
    yield name
    # What was killed may show for a moment, and so may what is another test's.
    deadline = time.monotonic() + PATIENCE
    while (left := leftovers(name) - before) and time.monotonic() < deadline:
        time.sleep(0.01)
    for pid in processes_of(name):
        os.kill(pid, 9)
    assert not left, "the test left something behind"


@pytest.fixture
def start_host(pool: str) -> Iterator[StartHost]:
    """Starts zygotes, and closes their control sockets at the end of the test."""
    hosts = []

    def start(**options: Any) -> Host:
        hosts.append(Host(pool, **options))
        return hosts[-1]

    yield start
    for host in hosts:
        host.__exit__(None, None, None)


@pytest.fixture
def host(start_host: StartHost) -> Host:
    """A host whose zygote has said hello."""
    result = start_host()
    result.event("hello")
    return result


@pytest.fixture
def snake(host: Host) -> Snake:
    """A snake that is ready."""
    return host.fork()
