"""How snakes and zygotes end, and that nothing stays behind."""

import contextlib
import ctypes
import json
import os
import select
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any, Iterator, Sequence

import pytest
from conftest import MODULES, Host, StartHost
from processes import PATIENCE, is_alive, processes_of, wait_for_end, wait_for_stop


def read_line(descriptor: int) -> str:
    assert select.select([descriptor], [], [], PATIENCE)[0]
    return os.read(descriptor, 4096).decode()


# -- a snake -------------------------------------------------------------------------


def test_a_crash_tells_its_signal_and_the_stack(host: Host) -> None:
    snake = host.fork()
    snake.send("sample", "segfault")
    event = host.event("exited")
    assert event["id"] == snake.id
    assert (event["code"], event["signal"]) == (None, "SIGSEGV")
    stack = snake.stderr()
    assert "Fatal Python error: Segmentation fault" in stack
    assert "in segfault" in stack
    with pytest.raises(EOFError):
        snake.receive()


def test_an_exit_tells_its_code(host: Host) -> None:
    snake = host.fork()
    snake.send("sample", "leave", 3)
    event = host.event("exited")
    assert (event["code"], event["signal"]) == (3, None)


def test_a_snake_leaves_orderly_at_the_end_of_file(host: Host, tmp_path: Path) -> None:
    snake = host.fork()
    snake.call("sample", "note_at_exit", str(tmp_path / "note"))
    snake.channel.close()
    assert host.event("exited")["code"] == 0
    assert (tmp_path / "note").read_text() == "atexit\n"


def test_sigterm_unwinds_a_call(start_host: StartHost, tmp_path: Path) -> None:
    reading, writing = os.pipe()
    host = start_host(stdout=writing)
    os.close(writing)
    host.event("hello")
    snake = host.fork()
    snake.send("sample", "wait_for_signal", str(tmp_path / "note"))
    assert read_line(reading) == "started\n"
    os.close(reading)
    host.end(snake, "polite", 60_000)
    assert host.event("exited")["code"] == 143
    assert (tmp_path / "note").read_text() == "finally\natexit\n"
    with pytest.raises(EOFError):
        snake.receive()


def test_sigterm_comes_to_what_a_snake_has_started(
    start_host: StartHost, tmp_path: Path
) -> None:
    reading, writing = os.pipe()
    host = start_host(stdout=writing)
    os.close(writing)
    host.event("hello")
    snake = host.fork()
    snake.send("sample", "wait_for_child", str(tmp_path / "note"))
    assert read_line(reading) == "started\n"
    os.close(reading)
    host.end(snake, "polite", 60_000)
    assert host.event("exited")["code"] == 143
    assert (tmp_path / "note").read_text() == "terminated\n"


def test_sigterm_ends_an_idle_snake(host: Host, tmp_path: Path) -> None:
    snake = host.fork()
    snake.call("sample", "note_at_exit", str(tmp_path / "note"))
    host.end(snake, "polite", 60_000)
    assert host.event("exited")["code"] == 143
    assert (tmp_path / "note").read_text() == "atexit\n"


def test_who_ignores_sigterm_is_killed_after_the_grace(host: Host) -> None:
    snake = host.fork()
    snake.call("sample", "ignore_sigterm")
    host.end(snake, "polite", 50)
    assert host.event("exited")["signal"] == "SIGKILL"


def test_a_stopped_snake_can_leave_politely(host: Host) -> None:
    snake = host.fork()
    os.kill(snake.pid, signal.SIGSTOP)
    host.end(snake, "polite", 60_000)
    assert host.event("exited")["code"] == 143


def test_brutal_is_sigkill_at_once_even_during_a_grace(host: Host) -> None:
    snake = host.fork()
    snake.call("sample", "ignore_sigterm")
    host.end(snake, "polite", 600_000)
    host.end(snake, "brutal")
    assert host.event("exited")["signal"] == "SIGKILL"


def test_an_exception_of_a_signal_handler_spares_an_idle_snake(host: Host) -> None:
    snake = host.fork()
    snake.call("sample", "raise_alarm")
    os.kill(snake.pid, signal.SIGALRM)
    assert snake.call("sample", "echo", 1) == 1
    snake.channel.close()
    host.event("exited")
    assert "RuntimeError: alarm" in snake.stderr()


def test_to_end_what_has_ended_does_nothing(host: Host) -> None:
    snake = host.fork()
    snake.channel.close()
    host.event("exited")
    host.end(snake, "brutal")
    assert host.fork().call("sample", "echo", 1) == 1


# -- what a snake has started --------------------------------------------------------


def test_a_daemon_ends_with_its_snake_and_not_before(host: Host) -> None:
    snake, other = host.fork(), host.fork()
    pids = snake.call("sample", "family")
    daemon_of_other = other.call("sample", "daemonize")
    host.end(snake, "brutal")
    host.event("exited")
    for pid in pids:
        wait_for_end(pid)
    assert is_alive(daemon_of_other)
    host.end(other, "brutal")
    wait_for_end(daemon_of_other)


def test_a_daemon_without_mark_ends_with_the_last_snake(host: Host) -> None:
    snake, other = host.fork(), host.fork()
    daemon = snake.call("sample", "daemonize", clean_environment=True)
    host.end(snake, "brutal")
    host.event("exited")
    assert is_alive(daemon)
    host.end(other, "brutal")
    wait_for_end(daemon)


def test_who_is_adopted_when_an_orphan_ends_ends_as_well(host: Host) -> None:
    snake, other = host.fork(), host.fork()
    orphan, child_of_orphan = snake.call("sample", "start_session")
    host.end(snake, "brutal")
    host.event("exited")
    wait_for_end(orphan)
    wait_for_end(child_of_orphan)
    assert is_alive(other.pid)


def test_a_daemon_does_not_keep_the_socket_of_its_snake(host: Host) -> None:
    snake = host.fork()
    snake.call("sample", "daemonize")
    os.kill(snake.pid, signal.SIGKILL)
    with pytest.raises(EOFError):
        snake.receive()


# -- the zygote ----------------------------------------------------------------------


@pytest.mark.parametrize("style, code", [("polite", 143), ("brutal", None)])
def test_stop_ends_everything(host: Host, style: str, code: object) -> None:
    snakes = [host.fork() for _ in range(3)]
    pids = snakes[0].call("sample", "family")
    host.send(op="stop", style=style, grace_ms=60_000)
    assert [host.event("exited")["code"] for _ in snakes] == [code] * 3
    assert host.wait() == 0
    assert not any(map(is_alive, pids))


def test_a_snake_is_forked_though_another_one_ends_at_the_same_time(
    host: Host,
) -> None:
    snake = host.fork()
    os.kill(host.zygote(), signal.SIGSTOP)
    os.kill(snake.pid, signal.SIGKILL)
    wait_for_end(snake.pid)
    other = host.fork_only(then=lambda: os.kill(host.zygote(), signal.SIGCONT))
    assert host.event("exited")["id"] == snake.id
    assert other.receive().kind == "ready"


def test_a_fork_during_the_stop_is_refused(host: Host) -> None:
    snake = host.fork()
    snake.call("sample", "ignore_sigterm")
    host.send(op="stop", style="polite", grace_ms=300)
    host.control.send(b'{"id":99,"op":"fork"}')
    assert host.event("fork_failed")["id"] == 99
    assert host.wait() == 0


@pytest.mark.parametrize("how", ["close", "sigterm"])
def test_the_end_of_the_host_is_the_end_of_all(host: Host, how: str) -> None:
    pids = host.fork().call("sample", "family")
    if how == "close":
        host.control.close()
    else:
        assert host.pid is not None
        os.kill(host.pid, signal.SIGTERM)
    assert host.wait() == 0
    assert not any(map(is_alive, pids))


@contextlib.contextmanager
def adoption() -> Iterator[None]:
    """Makes this process adopt orphans among its descendants.

    A shell that is process 1 of a container does so, too. The kernel does not take a
    process group with such a parent for orphaned.
    """
    set_child_subreaper = 36
    libc = ctypes.CDLL(None)
    assert libc.prctl(set_child_subreaper, 1, 0, 0, 0) == 0
    try:
        yield
    finally:
        assert libc.prctl(set_child_subreaper, 0, 0, 0, 0) == 0
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0] != 0:
                pass


def start_doomed_host(
    pool: str, preload: Sequence[str] = (), forks: bool = False, **options: Any
) -> "subprocess.Popen[str]":
    """Starts a host in a process of its own, to be killed.

    If it `forks`, a process with all its file descriptors lives as long as our end of
    its standard input is open.
    """
    options = {**options, "preload": preload}
    script = f"""
import json, os, sys
sys.path.insert(0, {str(Path(__file__).parent)!r})
from conftest import Host
host = Host({pool!r}, **{options!r})
if {forks!r} and os.fork() == 0:
    sys.stdin.read()
    os._exit(0)
if "hanging" in {preload!r}:
    print(json.dumps([host.pid]), flush=True)
else:
    host.event("hello")
    snake = host.fork()
    family = snake.call("sample", "family")
    snake.send("time", "sleep", 1000)
    print(json.dumps([host.pid, snake.pid, *family]), flush=True)
sys.stdin.read()
"""
    return subprocess.Popen(
        [sys.executable, "-c", script],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def test_nothing_survives_a_host_that_is_killed(pool: str) -> None:
    with start_doomed_host(pool) as host:
        assert host.stdout is not None
        pids = json.loads(host.stdout.readline())
        assert len(pids) == 4 and all(map(is_alive, pids))
        host.kill()
    for pid in pids:
        wait_for_end(pid)


def test_nothing_survives_a_host_that_is_killed_while_its_zygote_is_stopped(
    pool: str,
) -> None:
    with adoption():
        with start_doomed_host(pool) as host:
            assert host.stdout is not None
            pids = json.loads(host.stdout.readline())
            os.kill(pids[0], signal.SIGSTOP)
            wait_for_stop(pids[0])
            host.kill()
        for pid in pids:
            wait_for_end(pid)


def test_nothing_survives_a_host_that_is_killed_while_its_zygote_hangs(
    pool: str, tmp_path: Path
) -> None:
    (tmp_path / "clinging.py").write_text(f"""
import ctypes, os, threading, time
def cling():
    while not os.path.exists({str(tmp_path / "go")!r}): time.sleep(0.001)
    os.write(1, b"clinging\\n")
    mutex = ctypes.create_string_buffer(64)
    for _ in range(2): ctypes.PyDLL(None).pthread_mutex_lock(mutex)
threading.Thread(target=cling, daemon=True).start()
""")
    paths = [str(MODULES), str(tmp_path)]
    with start_doomed_host(pool, ["clinging"], module_paths=paths) as host:
        assert host.stdout is not None
        pids = json.loads(host.stdout.readline())
        (tmp_path / "go").touch()
        assert host.stdout.readline() == "clinging\n"
        host.kill()
    for pid in pids:
        wait_for_end(pid)


def check_hanging_preload(pool: str, **options: Any) -> None:
    """Checks that it does not survive its host, nor does what it has started."""
    with start_doomed_host(pool, ["hanging"], **options) as host:
        assert host.stdout is not None
        lines = sorted(host.stdout.readline() for _ in range(2))
        (zygote,) = json.loads(lines[0])
        assert lines[1] == "hanging\n"
        family = processes_of(pool)
        assert zygote in family and len(family) > 2
        host.kill()
        for pid in family:
            wait_for_end(pid)


def test_a_preload_that_hangs_does_not_survive_its_host(pool: str) -> None:
    check_hanging_preload(pool)


def test_a_preload_that_hangs_does_not_survive_a_host_that_has_forked(
    pool: str,
) -> None:
    check_hanging_preload(pool, forks=True)


def test_a_preload_that_hangs_does_not_survive_a_host_that_is_not_its_parent(
    pool: str, tmp_path: Path
) -> None:
    between = tmp_path / "python"
    between.write_text(f'#!/bin/sh\n{sys.executable} "$@"\nexit $?\n')
    between.chmod(0o700)
    check_hanging_preload(pool, executable=str(between))


# -- zygotes that do not start -------------------------------------------------------


def test_a_preload_that_raises_is_told(start_host: StartHost) -> None:
    host = start_host(preload=["broken"])
    event = host.event("failed")
    assert (event["exception"], event["error"]) == ("ValueError", "broken on purpose")
    assert "broken.py" in event["backtrace"]
    assert "zygote.py" not in event["backtrace"]
    assert "preparation.py" not in event["backtrace"]
    assert host.wait() == 1


def test_a_long_exception_is_told_without_its_middle(
    start_host: StartHost, tmp_path: Path
) -> None:
    (tmp_path / "verbose.py").write_text("raise ValueError('<' + '\u20ac' * 90_000)")
    host = start_host(preload=["verbose"], module_paths=[str(tmp_path)])
    event = host.event("failed")
    assert event["error"].startswith("<\u20ac\u20ac")
    assert event["error"].endswith("\u20ac\u20ac")
    assert event["backtrace"].startswith("Traceback (most recent call last):")
    for text in (event["error"], event["backtrace"]):
        assert " characters ...] " in text and 7_000 < len(text.encode()) < 9_000
    assert host.wait() == 1


def test_a_configuration_may_be_long(start_host: StartHost) -> None:
    host = start_host(module_paths=[str(MODULES), *["x" * 100] * 1000])
    host.event("hello")
    assert host.fork().call("sample", "echo", 1) == 1


def test_a_missing_working_directory_is_told(start_host: StartHost) -> None:
    host = start_host(cd="/no/such/folder")
    event = host.event("failed")
    assert event["exception"] == "FileNotFoundError"
    assert "/no/such/folder" in event["error"]
    assert host.wait() == 1


def test_the_working_directory_is_the_one_asked_for(
    start_host: StartHost, tmp_path: Path
) -> None:
    host = start_host(cd=str(tmp_path))
    host.event("hello")
    assert host.fork().call("os", "getcwd") == str(tmp_path)
