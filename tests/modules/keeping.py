"""Objects that stay in their snake."""

import os
import signal
from typing import Any, Dict, List

import snakes
import venomous
from venomous import _bridge

last: Any = None


class Model:
    """Remembers what it was asked."""

    def __init__(self, name: str = "model") -> None:
        self.name = name
        self.asked: List[int] = []


class Mourned(Model):
    """Misbehaves when it is let go."""

    def __init__(self, how: str) -> None:
        super().__init__(how)

    def __del__(self) -> None:
        if self.name == "raises":
            raise RuntimeError("no farewell")
        if self.name == "dies":
            os.kill(os.getpid(), signal.SIGKILL)


def make(name: str = "model") -> venomous.Kept:
    global last
    last = None
    return venomous.keep(Model(name))


def remember(name: str) -> venomous.Kept:
    global last
    last = Model(name)
    return venomous.keep(last)


def is_last(x: Any) -> bool:
    return x is last


def mourned(how: str) -> venomous.Kept:
    return venomous.keep(Mourned(how))


def several(n: int) -> Dict[str, Any]:
    return {"pid": os.getpid(), "all": [make(str(i)) for i in range(n)]}


def with_array(n: int) -> Dict[str, Any]:
    import numpy

    return {"model": make(), "array": numpy.ones(n), "other": make("other")}


def sum_by(model: Model, array: Any, other: Model) -> str:
    return f"{model.name} {array.sum():g} {other.name}"


def half_way() -> List[Any]:
    return [make(), make(), object()]


def ask(model: Model, question: int) -> int:
    model.asked.append(question)
    return len(model.asked)


def names(models: Any) -> List[str]:
    return [x.name for x in models]


def name_by_keyword(*, model: Model) -> str:
    return model.name


def pid_of(*_: Any) -> int:
    return os.getpid()


def count() -> int:
    return _bridge.count_kept()


def make_late(path: str) -> venomous.Kept:
    """Meets the test, and returns an object even if it is interrupted."""
    try:
        snakes.meet(path)
    except venomous.CallInterrupted:
        pass
    return make()


def keep_item(x: Any) -> venomous.Kept:
    return venomous.keep(x)
