"""The process that forks the snakes, reaps them, and ends whatever they leave behind.

It has one thread and sleeps in one place, `Zygote.run`. The host talks to it through a
SEQPACKET socket, one JSON object per datagram.
"""

import contextlib
import json
import math
import os
import signal
import socket
import sys
import time
from typing import Any, Dict, Optional, Set

from venomous import _bridge, preparation, snake
from venomous.errors import describe
from venomous.snake import EncoderCall, Habits, Limits

_CONTROL = 3
_LONGEST_TEXT = 8000
"""In bytes: a datagram must hold three texts, each byte of which may become six."""

_SIZE_OF_SIGNAL = 128
_MARK_OF_ZYGOTE = "0" * 16

_ROUNDS = 10
"""How many times to look for forks of killed processes."""

Message = Dict[str, Any]


def main() -> int:
    """Returns the exit code of the process once all snakes are gone."""
    control = socket.socket(fileno=_CONTROL)
    control.set_inheritable(False)
    first = _receive(control)
    if not first:
        return 0
    configuration: Message = json.loads(first)
    try:
        preparation.prepare(control, configuration)
        zygote = Zygote(control, configuration)
    except BaseException as error:
        _send_failed(control, error)
        return 1
    zygote.run()
    return 0


def _receive(control: socket.socket, flags: int = 0) -> bytes:
    """Returns the next datagram, however long."""
    length = control.recv_into(
        bytearray(1), 1, socket.MSG_PEEK | socket.MSG_TRUNC | flags
    )
    return control.recv(length, flags)


def _send_failed(control: socket.socket, error: BaseException) -> None:
    exception, text, backtrace = describe(error, _LONGEST_TEXT)
    event = {
        "event": "failed",
        "exception": exception,
        "error": text,
        "backtrace": backtrace,
    }
    try:
        control.send(json.dumps(event).encode())
    except OSError:
        pass  # The host is gone, nobody waits for the answer.


# -- the snakes --------------------------------------------------------------------


class _Snake:
    """A snake as its parent sees it."""

    def __init__(self, id: int, pid: int) -> None:
        self.id = id
        self.pid = pid
        self.kill_at: Optional[float] = None
        """When the grace is over, in seconds of the monotonic clock."""

    def end(self, style: str, grace_ms: float) -> None:
        """Takes the first step of the kill ladder; for "brutal" it is the last."""
        if style == "brutal":
            self.kill()
            return
        if self.kill_at is None:
            self.kill_at = time.monotonic() + grace_ms / 1000
        self._signal(signal.SIGTERM)
        self._signal(signal.SIGCONT)

    def kill(self) -> None:
        """Kills the snake. The rest of its group is killed when it has ended."""
        self.kill_at = None
        _send_signal(self.pid, signal.SIGKILL)

    def _signal(self, number: signal.Signals) -> None:
        try:
            os.killpg(self.pid, number)
        except OSError:
            _send_signal(self.pid, number)


def _send_signal(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except (PermissionError, ProcessLookupError):
        pass  # A child that runs as somebody else ends when it pleases.


class Zygote:
    """Serves the host until it says stop or is gone."""

    def __init__(self, control: socket.socket, configuration: Message) -> None:
        """Is ready to fork afterwards, but has not told the host.

        Raises OSError if the host is gone.
        """
        self._control = control
        self._habits = Habits(
            _encoder_call(configuration["encoder"]),
            configuration["spin_us"],
            configuration["max_result"],
            configuration["pickle_fallback"],
            Limits(**configuration["limits"]),
            configuration["grace_ms"] / 1000,
        )
        self._snakes: Dict[int, _Snake] = {}
        self._by_pid: Dict[int, _Snake] = {}
        self._kept = {pid for pid, _ in _bridge.children()}
        self._trackers: Dict[int, float] = {}
        """When to kill the processes that clean up after a snake that has ended."""
        self._has_forked = False
        self._stopping = False
        self._host_is_gone = False
        self._signals = _bridge.signal_descriptor(list(preparation.HANDLED))
        self._host = os.pidfd_open(configuration["host_pid"])
        self._forks = _bridge.ForkServer(
            control.fileno(), self._host, self._signals, list(preparation.BLOCKED)
        )

    def run(self) -> None:
        """Returns when the host says stop or is gone, and all snakes have ended."""
        self._send(
            event="hello", protocol=_bridge.protocol, version=_bridge.version
        )
        while not (self._stopping and self._end_all_others()):
            ready = self._forks.wait(self._time_left_ms())
            if isinstance(ready, tuple):
                snake.main(*ready, self._habits)
            self._take_births()
            if self._host in ready:
                self._stop_at_once()
            if self._signals in ready:
                self._take_signals()
            if self._control.fileno() in ready:
                self._take_message()
            self._kill_overdue()

    # -- events -------------------------------------------------------------------

    def _take_signals(self) -> None:
        try:
            data = os.read(self._signals, 16 * _SIZE_OF_SIGNAL)
        except BlockingIOError:
            return  # Somebody else in this process took it.
        starts = range(0, len(data), _SIZE_OF_SIGNAL)
        numbers = {int.from_bytes(data[i : i + 4], sys.byteorder) for i in starts}
        if signal.SIGTERM in numbers:
            self._stop_at_once()
        if signal.SIGCHLD in numbers:
            self._reap()

    def _take_message(self) -> None:
        flags = socket.MSG_DONTWAIT
        try:
            data = _receive(self._control, flags)
        except BlockingIOError:
            return
        except ConnectionError:
            data = b""
        if not data:
            self._stop_at_once()
            return
        message: Message = json.loads(data)
        if message["op"] == "end":
            self._end(message)
        elif message["op"] == "interrupt":
            self._interrupt(message["id"])
        elif message["op"] == "ping":
            self._send(event="pong")
        elif message["op"] == "stop":
            self._stop(message["style"], message["grace_ms"])

    def _send(self, **event: Any) -> None:
        if self._host_is_gone:
            return
        try:
            self._control.send(json.dumps(event).encode(), socket.MSG_NOSIGNAL)
        except OSError:
            self._stop_at_once()

    def _take_births(self) -> None:
        for id, pid in self._forks.take_births():
            born = _Snake(id, pid)
            self._snakes[id] = born
            self._by_pid[pid] = born
            if not self._has_forked:
                self._has_forked = True
                _tell_of_threads()

    # -- ending -------------------------------------------------------------------

    def _end(self, message: Message) -> None:
        condemned = self._snakes.get(message["id"])
        if condemned:
            condemned.end(message["style"], message["grace_ms"])

    def _interrupt(self, id: int) -> None:
        interrupted = self._snakes.get(id)
        if interrupted:
            _send_signal(interrupted.pid, signal.SIGURG)

    def _stop(self, style: str, grace_ms: float) -> None:
        self._stopping = True
        self._forks.stop()
        for condemned in self._snakes.values():
            condemned.end(style, grace_ms)

    def _stop_at_once(self) -> None:
        if not self._host_is_gone:
            self._host_is_gone = True
            self._forks.forget_host()
            self._stop("brutal", 0)

    def _end_all_others(self) -> bool:
        """Kills everything that is left when the last snake is gone.

        Returns whether nothing is left except processes that this one keeps alive.
        """
        if self._snakes:
            return False
        self._reap()
        left = [pid for pid, _ in _bridge.children() if not self._holds_up(pid)]
        for pid in left:
            self._end_descendant(pid)
        return not left

    def _holds_up(self, pid: int) -> bool:
        """Returns whether `pid` is a tracker that waits for the end of this process."""
        return pid in self._kept and _bridge.is_tracker(pid)

    def _end_descendant(self, pid: int) -> None:
        """Kills a process; a tracker only after the grace."""
        if _bridge.is_tracker(pid):
            self._trackers.setdefault(pid, time.monotonic() + self._habits.grace)
        else:
            _send_signal(pid, signal.SIGKILL)

    def _end_group(self, group: int) -> None:
        """Kills the rest of the process group of a snake that has ended."""
        known = {group}
        for _ in range(_ROUNDS if _has_members(group) else 0):
            members = _members_of(group)
            if not any(map(_bridge.is_tracker, members)):
                break
            if members <= known:
                return
            for pid in members - known:
                self._end_descendant(pid)
            known |= members
        _send_signal(-group, signal.SIGKILL)

    def _time_left_ms(self) -> int:
        deadlines = [x.kill_at for x in self._snakes.values() if x.kill_at is not None]
        deadlines += self._trackers.values()
        if not deadlines:
            return -1
        return math.ceil(max(0.0, min(deadlines) - time.monotonic()) * 1000)

    def _kill_overdue(self) -> None:
        now = time.monotonic()
        for condemned in self._snakes.values():
            if condemned.kill_at is not None and condemned.kill_at <= now:
                condemned.kill()
        for pid in [x for x, end in self._trackers.items() if end <= now]:
            del self._trackers[pid]
            _send_signal(pid, signal.SIGKILL)

    # -- reaping ------------------------------------------------------------------

    def _reap(self) -> bool:
        """Handles all children that have ended. Returns whether there are others."""
        orphans_left = False
        try:
            while True:
                status = _ended_child()
                if status is None:
                    return True
                orphans_left |= self._take_leave(status)
        except ChildProcessError:
            return False
        finally:
            if orphans_left:
                self._end_orphans()

    def _take_leave(self, status: os.waitid_result) -> bool:
        """Reaps a child.

        Returns whether it may have left orphans of snakes. Any descendant of a snake
        may: when it ends, its children are adopted.
        """
        pid = status.si_pid
        ended = self._by_pid.pop(pid, None)
        if ended:
            # Until it is reaped, it holds its pid and that of its group.
            self._end_group(pid)
            del self._snakes[ended.id]
        os.waitpid(pid, 0)
        self._trackers.pop(pid, None)
        if ended is None:
            was_kept = pid in self._kept
            self._kept.discard(pid)
            return not was_kept
        exited = status.si_code == os.CLD_EXITED
        self._send(
            event="exited",
            id=ended.id,
            code=status.si_status if exited else None,
            signal=None if exited else _signal_name(status.si_status),
        )
        return True

    def _end_orphans(self) -> None:
        """Kills adopted processes whose snake is gone."""
        for pid, mark in _bridge.children():
            if pid not in self._by_pid and self._is_orphan(pid, mark):
                self._end_descendant(pid)

    def _is_orphan(self, pid: int, mark: str) -> bool:
        if pid in self._kept or mark == _MARK_OF_ZYGOTE:
            return False
        try:
            return int(mark, 16) not in self._snakes
        except ValueError:
            return not self._snakes


def _tell_of_threads() -> None:
    """Names threads that no snake has, although a preload may rely on them."""
    threading: Any = sys.modules.get("threading")
    if threading and sys.stderr:
        main = threading.main_thread()
        names = [x.name for x in threading.enumerate() if x is not main]
        if names:
            text = f"threads of preloads, which no snake has: {', '.join(names)}"
            with contextlib.suppress(Exception):
                print(text, file=sys.stderr)


def _has_members(group: int) -> bool:
    """Returns whether the group has a child that has not ended."""
    try:
        os.waitid(os.P_PGID, group, os.WSTOPPED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return False
    return True


def _members_of(group: int) -> Set[int]:
    found = set()
    for pid in map(int, filter(str.isdigit, os.listdir("/proc"))):
        try:
            if os.getpgid(pid) == group:
                found.add(pid)
        except ProcessLookupError:
            pass
    return found


def _ended_child() -> Optional[os.waitid_result]:
    """Returns a child that has ended, without reaping it.

    Raises ChildProcessError if there is no child at all.
    """
    return os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)


def _encoder_call(encoder: Optional[Message]) -> Optional[EncoderCall]:
    if encoder is None:
        return None
    return EncoderCall(encoder["module"], encoder["func"], encoder["args"])


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
