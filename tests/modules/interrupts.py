"""Calls that are interrupted."""

import math
import os
import signal
import subprocess
import sys
import threading
import time
from typing import Any, AsyncIterator, NoReturn, Optional

import venomous
from snakes import meet, note


async def spin_async() -> NoReturn:
    while True:
        pass


async def wait_for_task() -> None:
    """Wait for another task, which has nothing to do either."""
    import asyncio

    await asyncio.create_task(asyncio.sleep(1000))


async def _nap() -> None:
    import asyncio

    await asyncio.sleep(1000)


async def wait_deeply() -> None:
    await _nap()


async def wait_for_generator() -> None:
    async def naps() -> AsyncIterator[int]:
        yield 1
        await _nap()

    async for _ in naps():
        pass


async def wait_for_several() -> None:
    import asyncio

    await asyncio.gather(asyncio.sleep(0), _nap(), _nap())


async def wait_for_limit() -> None:
    import asyncio

    await asyncio.wait_for(_nap(), 1000)


async def wait_for_first() -> None:
    import asyncio

    tasks = [asyncio.create_task(_nap())]
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)


class _Nap:
    """Is awaited, and is no coroutine."""

    def __await__(self) -> Any:
        yield from _nap().__await__()


async def wait_for_object() -> None:
    await _Nap()


async def wait_and_clean_up() -> None:
    import asyncio

    try:
        await _nap()
    except asyncio.CancelledError:
        await asyncio.sleep(0.01)


def _spin_for(seconds: float) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        pass


async def wait_beside_callback() -> None:
    """Wait for ever, at first while the event loop runs a callback for long."""
    import asyncio

    asyncio.get_running_loop().call_soon(_spin_for, 0.3)
    await asyncio.sleep(1000)


async def wait_beside_task() -> None:
    """Wait for ever, at first while another task runs for long."""
    import asyncio

    async def spin() -> None:
        _spin_for(0.3)

    task = asyncio.create_task(spin())
    await asyncio.sleep(1000)
    await task


def look_for_root() -> bool:
    """Say whether there was a time when it was not there."""
    end = time.monotonic() + 0.3
    while time.monotonic() < end:
        if not os.path.exists("/"):
            return True
    return False


def import_slowly(path: str) -> str:
    """Import a module that sleeps, and wait."""
    sys.path.insert(0, path)
    import slow  # type: ignore

    time.sleep(1000)
    return str(slow.done)


def wait_for_lock() -> None:
    lock = threading.Lock()
    lock.acquire()
    lock.acquire()


def wait_for_child() -> None:
    subprocess.run(["sleep", "1000"])


def meet_until_interrupted(path: str) -> str:
    """Like `meet`, but tell what came instead."""
    try:
        return meet(path)
    except venomous.CallInterrupted as error:
        return str(error)


def clean_up(path: str) -> None:
    """Wait for the interrupt, and note that it came."""
    try:
        signal.pause()
        time.sleep(1000)
    finally:
        note(path)


def count_interrupts(seconds: float) -> int:
    """Count those that come until the first one is so long ago."""
    count = 0
    end = math.inf
    while time.monotonic() < end:
        try:
            while time.monotonic() < end:
                time.sleep(0.01)
        except venomous.CallInterrupted:
            count += 1
            end = min(end, time.monotonic() + seconds)
    return count


def ignore_interrupts(path: Optional[str] = None) -> None:
    """Meet, if there is a place, and stay whatever happens."""
    try:
        if path is not None:
            meet(path)
    except venomous.CallInterrupted:
        pass
    while True:
        try:
            time.sleep(1000)
        except venomous.CallInterrupted:
            pass


def raise_interrupted() -> NoReturn:
    raise venomous.CallInterrupted("by hand")
