"""Steps of a zygote before its first fork."""

import faulthandler
import fcntl
import gc
import io
import os
import select
import signal
import socket
import sys
from typing import Any, Dict

from venomous import _bridge, ending, randomness

HANDLED = (signal.SIGCHLD, signal.SIGTERM)
# Blocked as well, but never read. SIGINT from the terminal is for the host. SIGHUP may
# come from the kernel when a zygote is stopped and its host dies: just when the zygote
# is needed.
BLOCKED = (*HANDLED, signal.SIGINT, signal.SIGHUP)
_AFTERMATH = os.path.join(os.path.dirname(os.path.abspath(__file__)), "aftermath.py")
# Without `site`, which could run user code.
_LAST_PROGRAM = [sys.executable, "-S", _AFTERMATH]
_PATIENCE_MS = 1000


def prepare(control: socket.socket, configuration: Dict[str, Any]) -> None:
    faulthandler.enable(file=2)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(line_buffering=True)
    # The zygote may have inherited a mask and ignored signals from the host.
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    _reset_signals()
    _bridge.become_subreaper()
    sys.path[:0] = [os.path.abspath(_path(x)) for x in configuration["module_paths"]]
    if configuration["cd"]:
        os.chdir(_path(configuration["cd"]))
    # Threads that a preload starts inherit the mask, and take no signal from us.
    signal.pthread_sigmask(signal.SIG_BLOCK, BLOCKED)
    _bridge.watch_parent(control.fileno(), _LAST_PROGRAM, 0)
    _continue_at_end_of_file(control, True)
    _check_host(control, configuration["host_pid"])
    try:
        with ending.children_end():
            for name in configuration["preload"]:
                __import__(name)
    finally:
        _continue_at_end_of_file(control, False)
    _bridge.watch_parent(control.fileno(), _LAST_PROGRAM, _PATIENCE_MS)
    _open_standard_files()
    _reset_signals()
    # Snakes find these in place. Here the first two signals are blocked, and nobody
    # sends the third.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, _bridge.on_terminate)
    signal.signal(signal.SIGURG, _bridge.on_interrupt)
    gc.collect()
    objects = gc.get_objects()
    ending.take_stock(objects)
    randomness.find_generators(objects)
    del objects
    gc.freeze()


def _path(text: str) -> str:
    """Undoes what the host does to a path, where each character stands for a byte."""
    return os.fsdecode(text.encode("latin-1"))


def _reset_signals() -> None:
    """Undoes settings that the host has passed on or a preload has made."""
    for number in (*HANDLED, signal.SIGURG):
        signal.signal(number, signal.SIG_DFL)
    # Snakes are background processes of the terminal, but may still print.
    for ignored in (signal.SIGINT, signal.SIGTTOU, signal.SIGTTIN):
        signal.signal(ignored, signal.SIG_IGN)


def _open_standard_files() -> None:
    """Opens standard files that a preload has closed, so that no file of a call becomes
    one.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)


def _continue_at_end_of_file(control: socket.socket, enable: bool) -> None:
    """Sends SIGCONT at the end of file of `control`, for `watch_parent`.

    A program may run between host and zygote, and outlive the host. Only used during
    preloads, when nothing else watches the socket: until the host has the hello message
    it sends nothing that would also raise the signal.
    """
    fcntl.fcntl(control, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(control, fcntl.F_SETSIG, signal.SIGCONT)
    flags = fcntl.fcntl(control, fcntl.F_GETFL)
    flags = flags | os.O_ASYNC if enable else flags & ~os.O_ASYNC
    fcntl.fcntl(control, fcntl.F_SETFL, flags)


def _check_host(control: socket.socket, host_pid: int) -> None:
    """Raises OSError if the host was gone before anything could notice."""
    host = os.pidfd_open(host_pid)
    try:
        if select.select([control, host], [], [], 0)[0]:
            raise ConnectionResetError("the host is gone")
    finally:
        os.close(host)
