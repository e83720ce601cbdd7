"""Peers that come with Python."""

import multiprocessing.pool
import pickle
import subprocess
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any, ClassVar

from bench.peers.peer import Peer, Wait


class Pool(Peer):
    """multiprocessing.Pool, by apply_async."""

    name: ClassVar[str] = "Pool"

    def __init__(self, workers: int) -> None:
        self._pool = multiprocessing.pool.Pool(workers)

    def submit(self, f: Callable[..., Any], *args: Any) -> Wait:
        return self._pool.apply_async(f, args).get

    def close(self) -> None:
        self._pool.terminate()


class PoolMap(Pool):
    """multiprocessing.Pool, by map."""

    name: ClassVar[str] = "Pool.map"

    def many(self, f: Callable[..., Any], arguments: Sequence[Any]) -> list[Any]:
        return self._pool.map(f, arguments)

    def map(
        self, f: Callable[..., Any], items: Sequence[Any], chunks: int
    ) -> list[Any]:
        """Like `many`, with this many chunks in all."""
        return self._pool.map(f, items, chunksize=max(1, len(items) // chunks))


class Executor(Peer):
    """concurrent.futures.ProcessPoolExecutor, by submit."""

    name: ClassVar[str] = "ProcessPoolExecutor"

    def __init__(self, workers: int) -> None:
        self._executor = ProcessPoolExecutor(workers)

    def submit(self, f: Callable[..., Any], *args: Any) -> Wait:
        return self._executor.submit(f, *args).result

    def close(self) -> None:
        self._executor.shutdown(cancel_futures=True)


class Interpreter(Peer):
    """Another start of Python for each call, until it prints the result."""

    name: ClassVar[str] = "python3"

    def __init__(self, workers: int) -> None:
        # Not the one of a virtual environment, which takes longer to start.
        self._python = str(Path(sys.executable).resolve())
        self._started: list["subprocess.Popen[str]"] = []

    def submit(self, f: Callable[..., Any], *args: Any) -> Wait:
        program = (
            f"import {f.__module__} as module\n"
            f"print(module.{f.__name__}(*{args!r}), flush=True)"
        )
        process = subprocess.Popen(
            [self._python, "-c", program], stdout=subprocess.PIPE, text=True
        )
        self._started.append(process)
        return lambda: self._result(process)

    @staticmethod
    def _result(process: "subprocess.Popen[str]") -> Any:
        assert process.stdout is not None
        # The results of the functions in question are plain literals.
        return eval(process.stdout.readline(), {})

    def close(self) -> None:
        for process in self._started:
            process.kill()
            process.communicate()
        self._started.clear()


class Pickle(Peer):
    """No other process, only the cost of writing and reading what would go there."""

    name: ClassVar[str] = "pickle"

    def __init__(self, workers: int) -> None:
        pass

    def submit(self, f: Callable[..., Any], *args: Any) -> Wait:
        result = f(*pickle.loads(pickle.dumps(args, 5)))
        returned = pickle.loads(pickle.dumps(result, 5))
        return lambda: returned

    def close(self) -> None:
        pass
