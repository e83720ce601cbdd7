"""Peers that must be installed. Nothing is imported before it is used."""

from collections.abc import Callable, Sequence
from importlib.util import find_spec
from typing import Any, ClassVar

from bench.peers.peer import Peer, Wait


class Loky(Peer):
    """loky, the one that comes with joblib unless another is installed."""

    name: ClassVar[str] = "loky"
    package: ClassVar[str] = "joblib"

    def __init__(self, workers: int) -> None:
        if find_spec("loky"):
            import loky
        else:
            from joblib.externals import loky
        self._executor = loky.ProcessPoolExecutor(workers)

    def submit(self, f: Callable[..., Any], *args: Any) -> Wait:
        result: Wait = self._executor.submit(f, *args).result
        return result

    def close(self) -> None:
        self._executor.shutdown(kill_workers=True)


class Joblib(Peer):
    """joblib, without batching calls."""

    name: ClassVar[str] = "joblib"
    package: ClassVar[str] = "joblib"

    def __init__(self, workers: int) -> None:
        import joblib

        self._delayed = joblib.delayed
        # With one worker it would run the function here.
        self._parallel = joblib.Parallel(n_jobs=max(2, workers), batch_size=1)
        self._parallel.__enter__()

    def submit(self, f: Callable[..., Any], *args: Any) -> Wait:
        results = self._parallel([self._delayed(f)(*args)])
        return lambda: results[0]

    def many(self, f: Callable[..., Any], arguments: Sequence[Any]) -> list[Any]:
        result: list[Any] = self._parallel(self._delayed(f)(x) for x in arguments)
        return result

    def close(self) -> None:
        from joblib.externals.loky import get_reusable_executor

        self._parallel.__exit__(None, None, None)
        get_reusable_executor().shutdown(kill_workers=True)


class Pebble(Peer):
    """pebble.ProcessPool, by schedule."""

    name: ClassVar[str] = "pebble"
    package: ClassVar[str] = "pebble"

    def __init__(self, workers: int) -> None:
        import pebble

        self._pool = pebble.ProcessPool(max_workers=workers)

    def submit(self, f: Callable[..., Any], *args: Any) -> Wait:
        result: Wait = self._pool.schedule(f, args=args).result
        return result

    def close(self) -> None:
        self._pool.stop()
        self._pool.join()


class Ray(Peer):
    """Tasks of ray on this machine."""

    name: ClassVar[str] = "ray"
    package: ClassVar[str] = "ray"
    most_rounds: ClassVar[int] = 2

    def __init__(self, workers: int) -> None:
        import ray

        ray.init(
            num_cpus=workers,
            include_dashboard=False,
            log_to_driver=False,
            logging_level="ERROR",
        )
        self._ray = ray
        # It takes no built-in functions.
        self._invoke = ray.remote(lambda f, *args: f(*args))

    def submit(self, f: Callable[..., Any], *args: Any) -> Wait:
        result = self._invoke.remote(f, *args)
        return lambda: self._ray.get(result)

    def many(self, f: Callable[..., Any], arguments: Sequence[Any]) -> list[Any]:
        results: list[Any] = self._ray.get(
            [self._invoke.remote(f, x) for x in arguments]
        )
        return results

    def close(self) -> None:
        self._ray.shutdown()
