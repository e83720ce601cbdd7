"""What a test may ask about processes, and about what they leave behind."""

import os
import select
import time
from pathlib import Path
from typing import List, Set

PATIENCE = 20.0
"""Seconds until a test gives up. Nothing ever waits that long unless it fails."""


def wait_for_end(pid: int) -> None:
    """Waits until a process, a child of anybody's, has ended."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    try:
        assert select.select([descriptor], [], [], PATIENCE)[0], f"{pid} lives on"
    finally:
        os.close(descriptor)


def wait_for_stop(pid: int) -> None:
    """Waits until a process does nothing any more after SIGSTOP."""
    give_up = time.monotonic() + PATIENCE
    while state_of(pid) != "T":
        assert time.monotonic() < give_up, f"{pid} goes on"
        time.sleep(0.001)


def state_of(pid: int) -> str:
    """Returns the letter that ps has for it, "X" if there is no such process."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return "X"
    return stat.rpartition(")")[2].split()[0]


def is_alive(pid: int) -> bool:
    """Returns whether a process is there and has not ended."""
    return state_of(pid) not in "ZX"


def processes_of(pool: str) -> List[int]:
    """Returns the processes that have VENOMOUS_POOL=pool in their environment."""
    found = []
    for entry in filter(str.isdigit, os.listdir("/proc")):
        try:
            environment = Path(f"/proc/{entry}/environ").read_bytes()
        except OSError:
            continue
        if f"VENOMOUS_POOL={pool}".encode() in environment.split(b"\0"):
            found.append(int(entry))
    return found


def inherited_descriptors() -> List[int]:
    """Returns what this process would hand down, above those that a zygote gets."""
    found = []
    for fd in map(int, os.listdir("/proc/self/fd")):
        try:
            if fd > 3 and os.get_inheritable(fd):
                found.append(fd)
        except OSError:
            pass  # The one that listdir had open.
    return found


def leftovers(pool: str) -> Set[str]:
    """Returns the processes of a pool, our descriptors, and all shared memory."""
    found = {f"process {pid}" for pid in processes_of(pool)}
    found |= {f"/dev/shm/{name}" for name in os.listdir("/dev/shm")}
    for fd in os.listdir("/proc/self/fd"):
        try:
            found.add(f"{fd} is {os.readlink(f'/proc/self/fd/{fd}')}")
        except FileNotFoundError:
            pass  # The one that listdir had open.
    return found
