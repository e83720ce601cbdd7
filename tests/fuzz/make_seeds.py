"""Writes the inputs that the fuzzers begin with: one of each kind.

Run it by hand: PYTHONPATH=build/dev/python python3 tests/fuzz/make_seeds.py
Seeds that are named after what they once broke are not its own.
"""

import datetime
import signal
import struct
import uuid
from decimal import Decimal
from pathlib import Path, PosixPath
from typing import Any, Dict
from urllib.parse import urlsplit

from venomous import _bridge

SEEDS = Path(__file__).parent / "seeds"

CALL, MAP = 1, 2
ATTACHED_ARRAY = 21
SEGMENTS = {"own": 0, "copied": 2**32 - 3, "body": 2**32 - 1}
READY, START_FAILED, VALUE, EXCEPTION, UNDECODABLE, UNENCODABLE, RESULTS = range(16, 23)

VALUES: Dict[str, Any] = {
    "scalars": [None, True, False, 0, -1, 2**63, -(2**63), 1.5, "text", b"bytes"],
    "integers": [2**64, -(2**64), 2**200, 255, 65536, -129, -40000],
    "containers": [(), (1, "a", [None]), {}, {"a": {1: (2,)}}, [[[]]]],
    "struct": {
        "number": 1,
        "items": [{"name": "egg", "price": 2.0, "stock": None, "tags": ["a"]}],
        "rest": {"x": 1},
    },
    "pair": ("key", [1, 2.5, "x"]),
    "dict": {(1, "a"): [1.0, 2.0], (2, "b"): []},
    "standard": [
        {1, frozenset({2})},
        1 - 2j,
        Decimal("-1.5E+30"),
        range(1, 9, 2),
        bytearray(b"x"),
        datetime.datetime(2020, 2, 29, 1, 2, 3, 4, datetime.timezone.utc, fold=1),
        datetime.date(2020, 2, 29),
        datetime.time(1),
        datetime.timedelta(-1),
        uuid.UUID(int=1),
        PosixPath("/a"),
        signal.SIGTERM,
        urlsplit("http://a/b"),
    ],
    "text": "sn\u00e4ke \U0001f40d \0 'quoted'\n",
}

CONF = """\
# comment
venomous.snake-manager {
  max-queue = 10, python-timeout-ms = 1_000
  encoder { module = "a" func = 'b' args = [1, "x", { y = 2.5 }] }
}
caf.scheduler.policy = "sharing"
empty = {}
time = 10ms
list = [ # comment
  1, 2, -0x10, "\\n\\"", 1e3 ]
"""


def frame(
    kind: int, call: int, body: bytes, in_arena: int = 0, attachments: int = 0
) -> bytes:
    header = struct.pack("=IBBHQ", len(body), kind, in_arena, attachments, call)
    return header + body


def reference(kind: int, call: int, offset: int, size: int, slot: int) -> bytes:
    return frame(kind, call, struct.pack("=QQII", offset, size, slot, 0), 1)


def result(kind: int, body: bytes) -> bytes:
    return struct.pack("=BI", kind, len(body)) + body


def results() -> bytes:
    """Three of them, from the second item on."""
    return struct.pack("=I", 1) + b"".join(
        (
            result(VALUE, _bridge.pack([1, "a"])),
            result(EXCEPTION, _bridge.pack(["E", "text", "trace"])),
            result(UNENCODABLE, _bridge.pack("why")),
        )
    )


def sized(body: bytes) -> bytes:
    return struct.pack("=I", len(body)) + body


def call(name: str, *args: Any, **kwargs: Any) -> bytes:
    parts = ("m", name, list(args), kwargs)
    return frame(CALL, 0, b"".join(map(_bridge.pack, parts)))


def call_with_array(offset: int, segment: int) -> bytes:
    """Echoes an array that is not in its MessagePack."""
    size = 64
    head = _bridge.pack(["|u1", [size], 0])
    array = b"\xc7" + bytes((len(head), ATTACHED_ARRAY)) + head
    names = _bridge.pack("m") + _bridge.pack("echo")
    content = names + b"\x91" + array + _bridge.pack({})
    table = struct.pack("=QQII", offset, size, 1, segment)
    body = content + bytes(size) + table + struct.pack("=Q", len(content))
    return frame(CALL, 0, body, attachments=1)


def map_of(name: str, *items: Any) -> bytes:
    head = _bridge.pack("m") + _bridge.pack(name)
    return frame(MAP, 0, sized(head) + b"".join(sized(_bridge.pack(x)) for x in items))


def write(target: str, name: str, data: bytes) -> None:
    folder = SEEDS / target
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(data)


def write_values() -> None:
    for name, x in VALUES.items():
        for target in ("value", "unpack"):
            write(target, name, _bridge.pack(x))


CONTROL = 4096
"""What an arena begins with."""

TO_HOST = CONTROL + 256 * 1024
"""Where results begin, in the fuzzer's arena."""


def write_connection() -> None:
    value = frame(VALUE, 1, _bridge.pack({"a": [1]}))
    error = frame(EXCEPTION, 2, _bridge.pack(["E", "text", "trace"]))
    write("connection", "call", bytes((0, 1, 0)) + frame(READY, 0, b"") + value + error)
    write("connection", "long_calls", bytes((4, 6, 0)) + value + error)
    write("connection", "map", bytes((1, 2, 0)) + frame(RESULTS, 1, results()))
    body = results().ljust(64, b"\xc0")
    write(
        "connection",
        "arena",
        bytes((2, 3, 4))
        + body
        + reference(RESULTS, 1, TO_HOST, len(results()), 0)
        + reference(VALUE, 1, TO_HOST + 63, 1, 1)
        + reference(VALUE, 2, TO_HOST, 1 << 40, 2),
    )
    for name, size in (("arena_end", 8), ("beyond_arena", 9)):
        end = reference(VALUE, 1, TO_HOST + 256 * 1024 - 8, size, 0)
        write("connection", name, bytes((2, 3, 0)) + end)


def write_serve() -> None:
    write("serve", "calls", bytes(1) + call("echo", [1, "a"]) + call("all", 1, x=2))
    write("serve", "map", bytes(1) + map_of("echo", 1, 2.5, "a", {"x": (1,)}))
    write("serve", "fail", bytes(1) + call("fail", "why") + map_of("odd", 1, 2))
    write("serve", "await", bytes(1) + call("later", 1) + call("echo.again.again"))
    write("serve", "missing", bytes(1) + call("none") + map_of("none", 1))
    body = b"".join(map(_bridge.pack, ("m", "echo", ["in the arena"], {})))
    arena = body.ljust(48, b"\xc0")
    target = reference(CALL, 1, CONTROL, len(body), 0)
    write("serve", "arena", bytes((len(arena) // 16,)) + arena + target)
    for name, segment in SEGMENTS.items():
        offset = 24 if name == "body" else CONTROL
        array = call_with_array(offset, segment)
        write("serve", f"array_{name}", bytes(1) + array + array)
    target = reference(CALL, 1, CONTROL + 32 * 1024 - 8, 9, 0)
    write("serve", "beyond_arena", bytes(1) + target)


def main() -> None:
    write_values()
    write_connection()
    write_serve()
    words = struct.pack("=QQQ", 3, 1 << 32 | 2, len(results()))
    write("ledger", "results", words + results())
    write("conf_file", "all", CONF.encode())


if __name__ == "__main__":
    main()
