"""What a call to a snake results in."""

import os
import sys
from pathlib import Path
from typing import Any, List, Optional, Sequence

import pytest
import venomous
from conftest import MODULES, Host, Snake, StartHost


def test_a_call_returns_a_value(snake: Snake) -> None:
    assert snake.call("math", "hypot", 3, 4) == 5.0


def test_values_survive_the_way_there_and_back(snake: Snake) -> None:
    value = [None, (1, 2.5, "ü"), {1: b"\0", (): [2**70]}]
    assert snake.call("sample", "echo", value) == value


def test_arguments_arrive_by_position_and_by_keyword(snake: Snake) -> None:
    assert snake.call("sample", "signature", 1, b=2) == [[1], {"b": 2}]
    assert snake.call("sample", "signature") == [[], {}]


@pytest.mark.parametrize(
    "module, func, args, value",
    [
        ("os", "path.join", ["a", "b"], "a/b"),
        ("os.path", "join", ["a", "b"], "a/b"),
        ("sample", "Counter.twice", [4], 8),
        ("sample", "counter.add", [5], 5),
        ("xml.dom.minidom", "parseString.__name__.upper", [], "PARSESTRING"),
    ],
)
def test_a_function_may_be_named_with_dots(
    snake: Snake, module: str, func: str, args: List[Any], value: Any
) -> None:
    assert snake.call(module, func, *args) == value


def test_state_stays_in_the_snake(host: Host) -> None:
    first, second = host.fork(), host.fork()
    assert first.call("sample", "counter.add", 1) == 1
    assert first.call("sample", "counter.add", 1) == 2
    assert second.call("sample", "counter.add", 1) == 1


def test_a_name_that_is_bound_anew_is_found_anew(snake: Snake) -> None:
    snake.call("sample", "state.append", 1)
    assert snake.call("sample", "state.copy") == [1]
    snake.call("builtins", "exec", "import sample; sample.state = [9]")
    assert snake.call("sample", "state.copy") == [9]


def test_a_large_value_and_many_calls_at_once_are_answered(snake: Snake) -> None:
    big = b"x" * 3_000_000
    assert snake.call("sample", "echo", big) == big
    sent = [snake.send("sample", "echo", n) for n in range(100)]
    for n, call_id in enumerate(sent):
        assert snake.receive() == ("value", n, call_id)


def test_a_coroutine_is_run_to_its_end(snake: Snake) -> None:
    assert snake.call("sample", "async_sum", 1, 2) == 3
    assert snake.call("sample", "awaitable") == "awaited"


# -- exceptions ----------------------------------------------------------------------


def test_an_exception_has_type_text_and_traceback(snake: Snake) -> None:
    answer = snake.attempt("sample", "fail_chained")
    exception, error, backtrace = answer.body
    assert (answer.kind, exception) == ("exception", "ValueError")
    assert error == "with ünicode \\udc80"
    lines = backtrace.splitlines()
    assert lines[0] == "Traceback (most recent call last):"
    assert "sample.py" in lines[1] and lines[1].endswith("in fail_chained")
    assert "KeyError: 'missing'" in lines
    assert lines[-1] == "ValueError: with ünicode \\udc80"
    assert "direct cause of the following" in backtrace


def test_only_frames_of_the_user_are_shown(snake: Snake) -> None:
    for func in ("fail_chained", "async_fail"):
        _, _, backtrace = snake.attempt("sample", func).body
        files = [x for x in backtrace.splitlines() if x.startswith("  File")]
        assert files and all("sample.py" in x for x in files)


def test_an_exception_without_frames_has_no_traceback(snake: Snake) -> None:
    body = snake.attempt("math", "sqrt", -1).body
    assert body == ["ValueError", "math domain error", ""]


@pytest.mark.parametrize(
    "name", ["KeyboardInterrupt", "GeneratorExit", "SystemExit", "MemoryError"]
)
def test_whatever_is_raised_is_an_answer(snake: Snake, name: str) -> None:
    assert snake.attempt("sample", "fail_with", name).body[:2] == [name, "as asked"]
    assert snake.call("sample", "echo", 1) == 1


def test_exceptions_of_the_interpreter_are_answers(snake: Snake) -> None:
    assert snake.attempt("sample", "recurse").body[0] == "RecursionError"
    assert snake.attempt("sample", "hoard").body[0] == "MemoryError"
    assert snake.attempt("sys", "exit", 3).body[0] == "SystemExit"


def test_an_exception_whose_text_fails_is_an_answer(snake: Snake) -> None:
    body = snake.attempt("sample", "fail_with", "MuteError").body
    assert body[:2] == ["sample.MuteError", "<exception str() failed>"]


@pytest.mark.parametrize(
    "module, func, exception, error",
    [
        ("nowhere", "f", "ModuleNotFoundError", "No module named 'nowhere'"),
        ("math", "f", "AttributeError", "module 'math' has no attribute 'f'"),
        ("os", "path.f", "AttributeError", "has no attribute 'f'"),
        ("math", "", "AttributeError", "has no attribute ''"),
        ("", "f", "ValueError", "Empty module name"),
        ("math", "pi", "TypeError", "'float' object is not callable"),
        ("broken", "f", "ValueError", "broken on purpose"),
    ],
)
def test_a_function_that_is_not_there_is_an_exception(
    snake: Snake, module: str, func: str, exception: str, error: str
) -> None:
    answer = snake.attempt(module, func)
    assert answer.kind == "exception" and answer.body[0] == exception
    assert error in answer.body[1]


# -- values that cannot travel -------------------------------------------------------


@pytest.mark.parametrize(
    "kind, text",
    [
        ("fraction", 'object at result[2]["x"] is of type fractions.Fraction'),
        ("object", "object at result is of type object"),
        (
            "key",
            "a key of the dict at result has an object that is of type"
            " fractions.Fraction",
        ),
        (
            "surrogate",
            "object at result is a str with surrogates, which UTF-8 does not permit",
        ),
    ],
)
def test_a_result_that_cannot_be_sent_is_named(
    snake: Snake, kind: str, text: str
) -> None:
    answer = snake.attempt("sample", "unencodable", kind)
    assert answer[:2] == ("unencodable", f"the result cannot be sent: {text}")
    assert snake.call("sample", "echo", 1) == 1


@pytest.mark.parametrize(
    "args, kwargs, text",
    [
        (b"\x92\x01\xa1\xff", b"\x80", "args[1]: a str that is not valid UTF-8"),
        (
            b"\x91\x81\x91\x01\x02",
            b"\x80",
            "args[0]: a key of type list is not hashable",
        ),
        (b"\x90", b"\x81\xa1x\xd4\x7f\x00", 'kwargs["x"]: an extension of the unknown'),
        (b"\x90", b"\x81\x01\x02", "a key of kwargs is not a str"),
        (b"\x80", b"\x80", "args is not an array"),
        (b"\x90", b"\x90", "kwargs is not a map"),
        (b"\x90", b"", "kwargs: cut off or not MessagePack"),
        (b"\x90", b"\x80\x00", "there are bytes behind the arguments"),
    ],
)
def test_arguments_that_are_no_values_are_named(
    snake: Snake, args: bytes, kwargs: bytes, text: str
) -> None:
    names = venomous.pack("sample") + venomous.pack("signature")
    call_id = snake.send_body(names + args + kwargs)
    answer = snake.receive()
    assert (answer.kind, answer.call_id) == ("undecodable", call_id)
    assert answer.body.startswith(f"the arguments cannot be decoded: {text}")
    assert snake.call("sample", "echo", 1) == 1


def test_each_argument_may_be_nested_to_the_limit(snake: Snake) -> None:
    value: Any = []
    for _ in range(venomous.MAX_DEPTH - 1):
        value = [value]
    head = b"".join(map(venomous.pack, ("sample", "echo")))
    snake.send_body(head + b"\x91" + venomous.pack(value) + b"\x80")
    assert snake.receive().body == value


# -- encoder and decoder -------------------------------------------------------------


def with_encoder(start_host: StartHost, func: str, *args: Any) -> Host:
    encoder = {"module": "sample", "func": func, "args": list(args)}
    host = start_host(encoder=encoder)
    host.event("hello")
    return host


def test_encoder_and_decoder_translate(start_host: StartHost) -> None:
    snake = with_encoder(start_host, "register_translators", 3).fork()
    text = "encoded [[6], {'b': 'xxx'}]"
    assert snake.call("sample", "signature", 2, b="x") == text


def test_a_decoder_that_raises_is_the_answer(start_host: StartHost) -> None:
    snake = with_encoder(start_host, "register_translators", 3).fork()
    assert snake.attempt("sample", "echo", {}).body[0] == "TypeError"


def test_an_encoder_function_that_raises_keeps_the_snake_from_starting(
    start_host: StartHost,
) -> None:
    host = with_encoder(start_host, "register_and_fail", "not today")
    snake = host.fork_only()
    kind, (exception, error, backtrace), _ = snake.receive()
    assert (kind, exception, error) == ("start_failed", "LookupError", "not today")
    assert "in register_and_fail" in backtrace and "snake.py" not in backtrace
    assert host.event("exited")["code"] == 1


def test_the_encoder_function_is_called_once_in_each_snake(
    start_host: StartHost, tmp_path: Path
) -> None:
    log = tmp_path / "log"
    host = with_encoder(start_host, "note_pid", str(log))
    snakes = [host.fork() for _ in range(3)]
    for snake in snakes * 2:
        snake.call("sample", "echo", 1)
    assert sorted(map(int, log.read_text().split())) == sorted(x.pid for x in snakes)


# -- preloads ------------------------------------------------------------------------


def with_preload(start_host: StartHost, folder: Path, text: str) -> Host:
    (folder / "preloaded.py").write_text(text)
    host = start_host(preload=["preloaded"], module_paths=[str(MODULES), str(folder)])
    host.event("hello")
    return host


def test_a_preload_is_imported_once_by_the_zygote(
    start_host: StartHost, tmp_path: Path
) -> None:
    log = tmp_path / "log"
    text = f"import sample; sample.note_pid({str(log)!r})"
    host = with_preload(start_host, tmp_path, text)
    for snake in (host.fork(), host.fork()):
        assert snake.call("preloaded", "sample.echo", 1) == 1
        assert snake.call("os", "getppid") == host.pid
    assert log.read_text() == f"{host.pid}\n"


def test_what_was_preloaded_is_frozen_for_the_garbage_collector(snake: Snake) -> None:
    assert snake.call("gc", "get_freeze_count") > 0


@pytest.mark.parametrize("threads", [1, None])
def test_linear_algebra_survives_the_fork(
    start_host: StartHost,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    threads: Optional[int],
) -> None:
    pytest.importorskip("numpy")
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        if threads:
            monkeypatch.setenv(name, str(threads))
        else:
            monkeypatch.delenv(name, raising=False)
    text = """
import os, numpy
def trace():
    square = numpy.ones((300, 300))
    return float((square @ square).trace())
def threads():
    return len(os.listdir("/proc/self/task"))
assert trace() == 90_000
"""
    host = with_preload(start_host, tmp_path, text)
    for snake in (host.fork(), host.fork()):
        assert snake.call("preloaded", "trace") == 90_000
        assert threads in (None, snake.call("preloaded", "threads"))


# -- the process around the call -----------------------------------------------------


def test_output_does_not_disturb_the_protocol(start_host: StartHost) -> None:
    reading, writing = os.pipe()
    host = start_host(stdout=writing)
    os.close(writing)
    host.event("hello")
    snake = host.fork()
    assert snake.call("sample", "noise") == "quiet"
    snake.channel.close()
    host.event("exited")
    assert snake.stderr() == "written to 2\n"
    assert os.read(reading, 4096) == b"printed\nwritten to 1\nfrom a child\n"
    os.close(reading)


def test_a_snake_has_only_its_own_descriptors(snake: Snake) -> None:
    found = snake.call("sample", "descriptors")
    low = [fd for fd in found if fd < 100]
    assert sorted(low) == [0, 1, 2]
    high = sorted(found[fd].split(":")[0] for fd in found if fd >= 100)
    assert high == ["/memfd", "pipe", "pipe", "socket"]
    # ls itself has the folder open, as 3.
    assert snake.call("sample", "inherited_descriptors") == ["0", "1", "2", "3"]


def test_the_mark_is_seen_in_all_places(snake: Snake) -> None:
    mark = f"{snake.id:016x}"
    assert snake.call("sample", "marks") == (mark, mark, mark)


def test_a_snake_leads_a_group_of_its_own(snake: Snake) -> None:
    assert snake.call("os", "getpgrp") == snake.pid == snake.call("os", "getpid")


def test_each_snake_has_random_numbers_of_its_own(start_host: StartHost) -> None:
    pytest.importorskip("numpy")
    host = start_host(preload=["numpy", "sample"])
    host.event("hello")
    first, second = host.fork(), host.fork()
    one = first.call("sample", "random_numbers")
    other = second.call("sample", "random_numbers")
    assert len(one) == len(other) == 2
    assert one[0] != other[0] and one[1] != other[1]


@pytest.mark.parametrize("fail, code", [(False, 0), (True, 1)])
def test_a_child_that_comes_out_of_a_call_does_not_answer(
    snake: Snake, fail: bool, code: int
) -> None:
    assert snake.call("sample", "fork_and_return", fail) == code
    assert snake.call("sample", "echo", 1) == 1


def test_the_interpreter_is_the_one_asked_for(start_host: StartHost) -> None:
    host = start_host(executable=sys.executable)
    host.event("hello")
    assert host.fork().call("sample", "interpreter") == [sys.version, sys.prefix]


def test_a_signal_handler_does_not_end_the_call_of_another(host: Host) -> None:
    snake = host.fork()
    snake.call("sample", "raise_alarm")
    calls: List[Sequence[Any]] = [("signal", "setitimer", 0, 1e-6)]
    # No function of these runs handlers, and there is no pause between them.
    calls += [("builtins", "abs", -1)] * 3_000
    calls += [("sample", "echo", 7)]
    snake.send_all(calls)
    answers = [snake.receive() for _ in calls]
    assert {answer.kind for answer in answers} == {"value"}
    assert answers[-1].body == 7


def test_an_alarm_that_a_call_leaves_behind_comes_in_a_later_one(host: Host) -> None:
    snake = host.fork()
    snake.call("signal", "setitimer", 0, 0.1)
    snake.send("time", "sleep", 1000)
    assert host.event("exited")["signal"] == "SIGALRM"


def test_a_name_with_surrogates_within_a_result_is_unencodable(snake: Snake) -> None:
    answer = snake.attempt("sample", "zone_with_surrogates")
    assert answer.kind == "unencodable"
    assert "surrogates" in answer.body
    assert snake.call("sample", "echo", 1) == 1
