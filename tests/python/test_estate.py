"""What a snake leaves behind, and what the end of its process sees to."""

import gzip
import os
import shelve
import signal
import time
import zipfile
from pathlib import Path
from typing import Callable, List

import pytest
import venomous
from conftest import MODULES, Host, Snake, StartHost
from endings import end_politely, with_preload


# -- files ---------------------------------------------------------------------------


def leave_at_end_of_file(host: Host, snake: Snake) -> None:
    snake.channel.close()


def leave_politely(host: Host, snake: Snake) -> None:
    host.end(snake, "polite", 60_000)


def leave_with_pool(host: Host, snake: Snake) -> None:
    host.send(op="stop", style="polite", grace_ms=60_000)


def leave_in_a_call(host: Host, snake: Snake) -> None:
    snake.send("time", "sleep", 1000)
    host.end(snake, "polite", 60_000)


@pytest.mark.parametrize(
    "leave",
    [leave_at_end_of_file, leave_politely, leave_with_pool, leave_in_a_call],
)
def test_a_file_that_nobody_closed_is_written(
    host: Host, tmp_path: Path, leave: Callable[[Host, Snake], None]
) -> None:
    snake = host.fork()
    snake.call("estate", "hold_text", str(tmp_path / "text"), "all of it")
    leave(host, snake)
    host.event("exited")
    assert (tmp_path / "text").read_text() == "all of it"


def read_text(path: Path) -> str:
    return path.read_text()


def read_gzip(path: Path) -> str:
    with gzip.open(path, "rt") as file:
        return str(file.read())


def read_zip(path: Path) -> str:
    with zipfile.ZipFile(path) as archive:
        return archive.read("name").decode()


def read_shelf(path: Path) -> str:
    with shelve.open(str(path)) as shelf:
        return str(shelf["key"])


@pytest.mark.parametrize(
    "hold, read",
    [
        ("hold_text", read_text),
        ("hold_gzip", read_gzip),
        ("hold_zip", read_zip),
        ("hold_shelf", read_shelf),
        ("hold_cycle", read_text),
    ],
)
@pytest.mark.parametrize("preload", [[], ["estate"]])
def test_a_file_that_is_closed_by_its_object_is_whole(
    start_host: StartHost,
    tmp_path: Path,
    hold: str,
    read: Callable[[Path], str],
    preload: List[str],
) -> None:
    host = start_host(preload=preload)
    host.event("hello")
    snake = host.fork()
    snake.call("estate", hold, str(tmp_path / "file"), "content")
    end_politely(host, snake)
    assert read(tmp_path / "file") == "content"


@pytest.mark.parametrize("hold", ["hold_temporary_file", "hold_temporary_folder"])
def test_what_is_temporary_goes_with_its_snake(host: Host, hold: str) -> None:
    snake = host.fork()
    path = snake.call("estate", hold)
    assert os.path.exists(path)
    end_politely(host, snake)
    assert not os.path.exists(path)


def test_an_object_is_finalized_before_the_file_that_it_holds(
    host: Host, tmp_path: Path
) -> None:
    snake = host.fork()
    snake.call("estate", "hold_diary", str(tmp_path / "diary"))
    end_politely(host, snake)
    assert (tmp_path / "diary").read_text() == "the end"
    assert snake.stderr() == ""


def test_a_block_that_a_generator_is_in_is_left(host: Host, tmp_path: Path) -> None:
    snake = host.fork()
    snake.call("estate", "hold_generator", str(tmp_path / "note"))
    end_politely(host, snake)
    assert (tmp_path / "note").read_text() == "left\n"


def test_what_c_code_has_printed_comes_out(start_host: StartHost) -> None:
    reading, writing = os.pipe()
    host = start_host(stdout=writing)
    os.close(writing)
    host.event("hello")
    snake = host.fork()
    snake.call("estate", "print_from_c", "from C")
    end_politely(host, snake)
    assert os.read(reading, 100) == b"from C"
    os.close(reading)


# -- what preloads have made ---------------------------------------------------------


def test_a_file_of_a_preload_is_written_once_and_by_each_snake(
    start_host: StartHost, tmp_path: Path
) -> None:
    path = tmp_path / "log"
    text = f"import estate\nestate.held.append(open({str(path)!r}, 'a'))\n"
    text += "estate.write_held('preload ')\n"
    host = with_preload(start_host, tmp_path, text)
    for _ in range(2):
        snake = host.fork()
        snake.call("estate", "write_held", "snake ")
        end_politely(host, snake)
    assert path.read_text() == "preload snake snake "


@pytest.mark.parametrize("hold", ["hold_temporary_file", "hold_temporary_folder"])
def test_what_is_temporary_in_a_preload_outlives_snakes_but_not_the_pool(
    start_host: StartHost, tmp_path: Path, hold: str
) -> None:
    text = f"import estate\npath = estate.{hold}()\ndef where():\n    return path\n"
    host = with_preload(start_host, tmp_path, text)
    snake, other = host.fork(), host.fork()
    path = snake.call("preloaded", "where")
    end_politely(host, snake)
    assert other.call("estate", "exists", path)
    host.send(op="stop", style="polite", grace_ms=60_000)
    assert host.wait() == 0
    assert not os.path.exists(path)


def test_handlers_of_atexit_of_a_preload_run_in_each_process(
    start_host: StartHost, tmp_path: Path
) -> None:
    path = tmp_path / "log"
    text = f"import atexit, estate\natexit.register(estate.note, {str(path)!r}, 'x')"
    host = with_preload(start_host, tmp_path, text)
    for _ in range(2):
        end_politely(host, host.fork())
    assert path.read_text() == "x\n" * 2
    host.send(op="stop", style="polite", grace_ms=60_000)
    assert host.wait() == 0
    assert path.read_text() == "x\n" * 3


# -- ends that take long, or go wrong ------------------------------------------------


@pytest.mark.parametrize("start", ["start_thread", "start_executor"])
def test_a_thread_comes_to_its_end(host: Host, tmp_path: Path, start: str) -> None:
    snake = host.fork()
    snake.call("estate", start, str(tmp_path / "note"))
    end_politely(host, snake)
    assert (tmp_path / "note").read_text() == "done\n"


def test_a_thread_without_end_costs_no_file(
    start_host: StartHost, tmp_path: Path
) -> None:
    host = start_host(grace_ms=200)
    host.event("hello")
    snake = host.fork()
    snake.call("estate", "hold_text", str(tmp_path / "text"), "all of it")
    snake.call("estate", "start_endless_thread")
    assert end_politely(host, snake)["code"] == 143
    assert (tmp_path / "text").read_text() == "all of it"


def test_threads_of_a_call_that_is_ended_are_not_waited_for(
    start_host: StartHost,
) -> None:
    reading, writing = os.pipe()
    host = start_host(grace_ms=3_600_000, stdout=writing)
    os.close(writing)
    host.event("hello")
    snake = host.fork()
    snake.send("estate", "wait_for_endless_thread")
    assert os.read(reading, 100) == b"waiting\n"
    os.close(reading)
    assert end_politely(host, snake)["code"] == 143


def test_a_finalizer_that_hangs_is_killed_after_the_grace(host: Host) -> None:
    snake = host.fork()
    snake.call("estate", "hold", "Sloth")
    assert end_politely(host, snake, 100)["signal"] == "SIGKILL"


def test_a_finalizer_that_crashes_ends_its_snake_only(host: Host) -> None:
    snake, other = host.fork(), host.fork()
    snake.call("estate", "hold", "Wreck")
    assert end_politely(host, snake)["signal"] == "SIGSEGV"
    assert other.call("sample", "echo", 1) == 1


# -- forked children -----------------------------------------------------------------


@pytest.mark.parametrize(
    "deed, args, code, said",
    [
        ("leave", [4], 4, ""),
        ("leave", [None], 0, ""),
        ("leave", [-1], 255, ""),
        ("leave", ["so long"], 1, "so long\n"),
        ("print_and_return", [""], 0, ""),
        ("interrupt", [], -signal.SIGINT, "KeyboardInterrupt\n"),
        ("fail", ["no luck"], 1, "ValueError: no luck\n"),
    ],
)
@pytest.mark.parametrize("fork", ["fork", "fork_in_coroutine"])
def test_a_child_that_comes_out_of_a_call_ends_as_a_program_does(
    host: Host, fork: str, deed: str, args: List[object], code: int, said: str
) -> None:
    snake = host.fork()
    assert snake.call("estate", fork, deed, *args) == code
    assert snake.call("sample", "echo", 1) == 1
    end_politely(host, snake)
    stderr = snake.stderr()
    assert stderr.endswith(said) if said else stderr == ""
    if deed == "fail":
        assert "in fail" in stderr
        assert "venomous" not in stderr


def test_a_child_that_comes_out_with_what_cannot_be_sent_says_so(host: Host) -> None:
    venomous.decoder("Leaf")(lambda code: code)
    snake = host.fork()
    assert snake.call("estate", "leaf") == 1
    end_politely(host, snake)
    said = snake.stderr()
    assert said == "the result cannot be sent: object at result[1] is of type object\n"


def test_what_a_child_has_opened_and_printed_is_written(
    start_host: StartHost, tmp_path: Path
) -> None:
    reading, writing = os.pipe()
    host = start_host(stdout=writing)
    os.close(writing)
    host.event("hello")
    snake = host.fork()
    path = tmp_path / "text"
    assert snake.call("estate", "fork", "write_and_leave", str(path), "all of it") == 4
    assert path.read_text() == "all of it"
    assert snake.call("estate", "fork", "print_and_return", "printed") == 0
    assert os.read(reading, 100) == b"printed"
    os.close(reading)
    path.unlink()
    assert snake.call("estate", "fork", "hold_gzip", str(path), "zipped") == 0
    assert read_gzip(path) == "zipped"


def test_a_child_runs_its_handlers_of_atexit(snake: Snake, tmp_path: Path) -> None:
    path = str(tmp_path / "note")
    assert snake.call("estate", "fork", "register_and_leave", path) == 0
    assert (tmp_path / "note").read_text() == "atexit\n"


def test_a_child_waits_for_its_threads(snake: Snake, tmp_path: Path) -> None:
    path = str(tmp_path / "note")
    assert snake.call("estate", "fork", "start_thread_and_leave", path) == 0
    assert (tmp_path / "note").read_text() == "done\n"


def test_a_child_leaves_alone_what_its_parent_has_made(
    host: Host, tmp_path: Path
) -> None:
    snake = host.fork()
    paths = [
        snake.call("estate", "hold_temporary_file"),
        snake.call("estate", "hold_temporary_folder"),
    ]
    snake.call("estate", "hold_gzip", str(tmp_path / "file"), "content")
    assert snake.call("estate", "fork", "leave", 4) == 4
    assert all(snake.call("estate", "exists", path) for path in paths)
    end_politely(host, snake)
    assert read_gzip(tmp_path / "file") == "content"


def test_processes_of_the_library_end_by_themselves(host: Host) -> None:
    snake = host.fork()
    assert snake.call("estate", "run_processes") == [0, 1, 4, 9, 5]
    end_politely(host, snake)
    assert snake.stderr() == ""


@pytest.mark.parametrize("place", ["preload", "encoder"])
def test_a_child_that_comes_out_of_a_start_ends_as_a_program_does(
    start_host: StartHost, tmp_path: Path, place: str
) -> None:
    note = str(tmp_path / "note")
    text = f"""
import os, sys
def start():
    if os.fork() == 0:
        sys.exit(5)
    _, status = os.wait()
    with open({note!r}, "a") as file:
        print(os.waitstatus_to_exitcode(status), file=file)
"""
    encoder = {"module": "preloaded", "func": "start", "args": []}
    (tmp_path / "preloaded.py").write_text(
        text + ("start()" if place == "preload" else "")
    )
    host = start_host(
        preload=["preloaded"],
        encoder=encoder if place == "encoder" else None,
        module_paths=[str(MODULES), str(tmp_path)],
    )
    host.event("hello")
    assert host.fork().call("sample", "echo", 1) == 1
    assert (tmp_path / "note").read_text() == "5\n"


# -- what a fork does not copy, and what it should not -------------------------------


def test_threads_of_a_preload_are_named_once(
    start_host: StartHost, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    text = """
import threading, time
for name in ("reader", "writer"):
    threading.Thread(target=time.sleep, args=[1000], name=name, daemon=True).start()
"""
    with with_preload(start_host, tmp_path, text) as host:
        host.fork()
        host.fork()
    said = capfd.readouterr().err
    assert said == "threads of preloads, which no snake has: reader, writer\n"


def test_threads_of_a_preload_that_has_closed_standard_error(
    start_host: StartHost, tmp_path: Path
) -> None:
    text = """
import sys, threading, time
threading.Thread(target=time.sleep, args=[1000], daemon=True).start()
sys.stderr.close()
"""
    with with_preload(start_host, tmp_path, text) as host:
        host.fork()
        assert host.fork().call("sample", "echo", 1) == 1


def test_what_finalizers_print_is_there_wherever_it_goes(
    host: Host, tmp_path: Path
) -> None:
    path = tmp_path / "printed"
    snake, _ = host.fork(), host.fork()
    snake.call("estate", "print_to", str(path))
    end_politely(host, snake)
    assert path.read_text() == "the end\n"


@pytest.mark.parametrize("draw", ["draw", "draw_from_numpy"])
def test_generators_of_preloads_differ_from_snake_to_snake(
    start_host: StartHost, draw: str
) -> None:
    preload = ["estate"]
    if draw == "draw_from_numpy":
        pytest.importorskip("numpy")
        preload.insert(0, "numpy")
    host = start_host(preload=preload)
    host.event("hello")
    one, other = (host.fork().call("estate", draw) for _ in range(2))
    assert len(one) == len(other)
    assert all(x != y for x, y in zip(one, other))


def test_generators_of_torch_differ_from_snake_to_snake(
    start_host: StartHost, tmp_path: Path
) -> None:
    # Has the shape of torch.
    (tmp_path / "torch.py").write_text(
        """
import os, types

class Generator:
    device = types.SimpleNamespace(type="cpu")
    number = 0

    def seed(self):
        self.number = int.from_bytes(os.urandom(8), "big")

default_generator = Generator()
"""
    )
    text = """
import torch
generator = torch.Generator()
def draw():
    return [generator.number, torch.default_generator.number]
"""
    host = with_preload(start_host, tmp_path, text)
    one, other = (host.fork().call("preloaded", "draw") for _ in range(2))
    assert all(x != y for x, y in zip(one, other))
