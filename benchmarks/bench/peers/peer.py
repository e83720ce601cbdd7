"""What all peers have in common."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from typing import Any, ClassVar

Wait = Callable[[], Any]
"""Waits for the result of a call and returns it, or raises its exception."""


class Peer(ABC):
    """Something else that calls Python functions in other processes."""

    name: ClassVar[str]
    package: ClassVar[str] = ""
    """Empty for those that come with Python."""
    most_rounds: ClassVar[int] = 1000
    """Fewer for a peer that takes seconds to start."""

    @abstractmethod
    def __init__(self, workers: int) -> None:
        """Has `workers` processes ready, or starts them with the first call."""

    @classmethod
    def is_standard(cls) -> bool:
        return not cls.package

    @classmethod
    def is_installed(cls) -> bool:
        return cls.is_standard() or find_spec(cls.package) is not None

    @abstractmethod
    def submit(self, f: Callable[..., Any], *args: Any) -> Wait:
        """Makes a call without waiting for it."""

    def call(self, f: Callable[..., Any], *args: Any) -> Any:
        """Makes a call and returns its result."""
        return self.submit(f, *args)()

    def many(self, f: Callable[..., Any], arguments: Sequence[Any]) -> list[Any]:
        """Makes a call of one argument for each of `arguments`, all at once."""
        return [wait() for wait in [self.submit(f, x) for x in arguments]]

    @abstractmethod
    def close(self) -> None:
        """Ends the processes, whatever they do."""
