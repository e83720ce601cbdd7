"""What writes to the socket and the memory that a snake shares with its host."""

import os
import re
import select
import signal
import socket
import struct
import threading
import time
from typing import Any, Iterator, List, NoReturn

from snakes import meet

# -- the socket of a snake -------------------------------------------------------------


def _own_socket() -> int:
    """The one that the bridge serves, which has the highest number."""
    result = -1
    for name in os.listdir("/proc/self/fd"):
        try:
            if "socket" in os.readlink(f"/proc/self/fd/{name}"):
                result = max(result, int(name))
        except OSError:
            pass
    return result


def see_next_call(seconds: float) -> bool:
    """Wait until the host has sent the next call, `seconds` at most."""
    with socket.socket(fileno=os.dup(_own_socket())) as sock:
        return bool(select.select([sock], [], [], seconds)[0])


def _header(length: int, kind: int, call: int) -> bytes:
    """The header of a frame, see python_bridge/wire/frame.hpp."""
    return struct.pack("=IB3xQ", length, kind, call)


_VALUE = 18
_HEADER_OF_CALL = re.compile(
    rb"(?s)....[\x01\x02]\0\0\0.{8}(?=(?:....)?[\xa1-\xbf][\w.]+[\xa1-\xbf][\w.]+)"
)
_SHORT = 600


def id_of_call(word: str) -> int:
    """Return the id of a short call or chunk that has `word` in it.

    It is nowhere but in the memory of this process, where the bridge has read it.
    0 if there is no such call.
    """
    for memory in _own_memory():
        for place in re.finditer(word.encode(), memory):
            at = place.start()
            for header in _HEADER_OF_CALL.finditer(memory, max(0, at - _SHORT)):
                if header.end() > at:
                    break
                length, id = struct.unpack_from("=I4xQ", memory, header.start())
                if at < header.end() + length < at + _SHORT:
                    return int(id)
    return 0


def _own_memory() -> Iterator[bytes]:
    """What this process can write to, and nobody else."""
    with open("/proc/self/maps") as maps, open("/proc/self/mem", "rb") as memory:
        for line in maps.readlines():
            place, rights = line.split()[:2]
            begin, end = (int(number, 16) for number in place.split("-"))
            if rights == "rw-p":
                memory.seek(begin)
                yield memory.read(end - begin)


def forge_replies(calls: List[int], result: int) -> int:
    """Answer `calls`, whoever's they are, with 99, then return `result`."""
    for call in calls:
        os.write(_own_socket(), _header(1, _VALUE, call) + b"\x63")
    return result


def forge_own_replies(times: int, result: int) -> int:
    """Answer this call with 99, several times, then return `result`."""
    return forge_replies(times * [id_of_call("forge_own_replies")], result)


def forge_replies_later(calls: List[int], path: str) -> None:
    """Answer `calls` in a thread, and those next to this one, between two meetings."""
    own = id_of_call("forge_replies_later")
    near = [(own + n) % (1 << 64) for n in range(-9, 10)]

    def main() -> None:
        meet(path)
        forge_replies(calls + near, 0)
        meet(path)

    threading.Thread(target=main, daemon=True).start()


def forge_reference(offset: int, size: int, slot: int) -> NoReturn:
    """Answer this call with a reference to any place of the arena."""
    body = struct.pack("=QQII", offset, size, slot, 0)
    id = id_of_call("forge_reference")
    header = struct.pack("=IBB2xQ", len(body), _VALUE, 1, id)
    os.write(_own_socket(), header + body)
    time.sleep(60)
    os._exit(0)


def announce_and_exit(length: int, sent: int) -> NoReturn:
    """Announce a reply of `length` bytes, send some of them, and end."""
    header = _header(length, _VALUE, id_of_call("announce_and_exit"))
    os.write(_own_socket(), header + bytes(sent))
    os._exit(0)


def speak(said: bytes) -> None:
    """Write a frame to the socket, as of this call, and say nothing more."""
    id = struct.pack("=Q", id_of_call("speak"))
    os.write(_own_socket(), said[:8] + id + said[16:])
    signal.pause()


def announce_and_stay(length: int) -> None:
    """Announce a reply of `length` bytes, and send nothing of it."""
    os.write(
        _own_socket(), _header(length, _VALUE, id_of_call("announce_and_stay"))
    )
    signal.pause()


def close_all_and_stay() -> NoReturn:
    """Lose the socket, and live on."""
    os.closerange(0, 4096)
    while True:
        time.sleep(60)


# -- the ledger of a snake -------------------------------------------------------------


def _address_of_ledger() -> int:
    """Where the memory is that this process shares with its host."""
    with open("/proc/self/maps") as maps:
        for line in maps:
            if "venomous-ledger" in line:
                return int(line.split("-")[0], 16)
    raise LookupError("there is no ledger")


def write_to_ledger(pieces: List[Any]) -> None:
    """Write bytes where the host looks for results, and end. None: return."""
    import ctypes

    for offset, data in pieces:
        ctypes.memmove(_address_of_ledger() + offset, data, len(data))
    if pieces:
        os._exit(3)


def note_begun(call: int) -> None:
    """Write where the host looks for the call that was begun last."""
    import ctypes

    ctypes.c_uint64.from_address(_address_of_ledger()).value = call


def note_begun_later(call: int, path: str) -> None:
    """Do so in a thread, between two meetings."""

    def main() -> None:
        meet(path)
        note_begun(call)
        meet(path)

    threading.Thread(target=main, daemon=True).start()


_RESULTS = 22


def forge_results(body: bytes) -> bytes:
    """Send results in the name of the chunk that runs, and stay. None: return."""
    if body:
        call = id_of_call("forge_results")
        os.write(_own_socket(), _header(len(body), _RESULTS, call) + body)
        signal.pause()
    return body
