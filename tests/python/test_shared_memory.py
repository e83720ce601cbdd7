"""Shared memory and semaphores of Python go with the process that made them."""

import os
import time
from pathlib import Path

import pytest
from conftest import Host, StartHost
from endings import end_politely, vanishes, with_preload
from processes import PATIENCE, is_alive, wait_for_end


@pytest.mark.parametrize("style", ["polite", "brutal"])
def test_shared_memory_goes_with_its_snake(host: Host, style: str) -> None:
    snake, other = host.fork(), host.fork()
    path = f"/dev/shm/{snake.call('estate', 'share')}"
    assert os.path.exists(path)
    host.end(snake, style, 60_000)
    host.event("exited")
    assert vanishes(path)
    assert other.call("sample", "echo", 1) == 1


def test_shared_memory_goes_with_a_snake_that_crashes(
    start_host: StartHost,
) -> None:
    reading, writing = os.pipe()
    host = start_host(stdout=writing)
    os.close(writing)
    host.event("hello")
    host.fork().send("estate", "share_and_crash")
    assert host.event("exited")["signal"] == "SIGKILL"
    name = os.read(reading, 100).decode().strip()
    os.close(reading)
    assert vanishes(f"/dev/shm/{name}")


def test_shared_memory_goes_with_a_session_that_a_snake_has_started(
    host: Host,
) -> None:
    snake, _ = host.fork(), host.fork()
    pid, name = snake.call("estate", "share_in_session")
    host.end(snake, "brutal")
    wait_for_end(pid)
    assert vanishes(f"/dev/shm/{name}")


def test_semaphores_go_with_their_snake(host: Host) -> None:
    snake, other = host.fork(), host.fork()
    before = other.call("estate", "count_semaphores")
    assert snake.call("estate", "share_semaphore") == before + 1
    end_politely(host, snake)
    give_up = time.monotonic() + PATIENCE
    while other.call("estate", "count_semaphores") > before:
        assert time.monotonic() < give_up


@pytest.mark.parametrize("how", ["stop", "close"])
def test_shared_memory_goes_with_the_pool(host: Host, how: str) -> None:
    names = [host.fork().call("estate", "share") for _ in range(3)]
    if how == "stop":
        host.send(op="stop", style="polite", grace_ms=60_000)
    else:
        host.control.close()
    assert host.wait() == 0
    assert not any(os.path.exists(f"/dev/shm/{name}") for name in names)


def test_shared_memory_of_a_preload_goes_with_the_pool(
    start_host: StartHost, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    text = "import estate\nname = estate.share()\ndef tell():\n    return name\n"
    host = with_preload(start_host, tmp_path, text)
    snake, other = host.fork(), host.fork()
    path = f"/dev/shm/{snake.call('preloaded', 'tell')}"
    end_politely(host, snake)
    assert other.call("estate", "exists", path)
    host.send(op="stop", style="polite", grace_ms=60_000)
    assert host.wait() == 0
    assert vanishes(path)
    assert "leaked shared_memory" in capfd.readouterr().err


def test_who_looks_like_a_tracker_ends_after_the_grace(start_host: StartHost) -> None:
    host = start_host(grace_ms=500)
    host.event("hello")
    snake, _ = host.fork(), host.fork()
    script = "import time  # resource_tracker\ntime.sleep(1000)"
    pid = snake.call("sample", "start_python", script)
    host.end(snake, "brutal")
    host.event("exited")
    assert is_alive(pid)
    wait_for_end(pid)
