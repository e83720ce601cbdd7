"""Objects that C++ has no type for."""

import os
import threading
from fractions import Fraction
from typing import Any, Dict, List, Tuple

__all__ = ["Forker", "Fraction", "Stubborn", "Trap", "as_key", "lock_inside", "mixed"]


def mixed() -> List[Any]:
    return [1, "two", Fraction(3)]


def as_key() -> Dict[Fraction, List[Fraction]]:
    return {Fraction(1, 2): [Fraction(1, 3)]}


def lock_inside() -> Dict[str, List[Any]]:
    return {"locks": [threading.Lock()]}


class Forker:
    """Forks as it is pickled. Unpickled it is how the child has ended."""

    def __reduce__(self) -> Tuple[Any, ...]:
        pid = os.fork()
        return int, (os.waitpid(pid, 0)[1] if pid else -1,)


class Stubborn:
    """Does not let itself be pickled."""

    def __reduce__(self) -> Tuple[Any, ...]:
        raise RuntimeError("stay here")


class Trap:
    """Raises when it is unpickled."""

    def __reduce__(self) -> Tuple[Any, ...]:
        return _spring, ()


def _spring() -> None:
    raise ValueError("trapped")
