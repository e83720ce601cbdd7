"""Random numbers that differ from snake to snake.

A fork copies generators with their state. `random` reseeds its own functions; the other
generators of preloads are found once, in the zygote, and reseeded in each snake.
"""

import contextlib
import os
import sys
from functools import partial
from typing import Any, Callable, Iterator, List

from venomous import _bridge

_seeds: List[Callable[[], object]] = []


def find_generators(objects: List[object]) -> None:
    """Remembers the generators among `objects`, and those in modules."""
    for found in (_of_python(objects), _of_numpy(objects), _of_torch()):
        _seeds.extend(found)


def reseed() -> None:
    """Gives all known generators a new state."""
    for seed in _seeds:
        with contextlib.suppress(Exception):
            seed()


def _of_python(objects: List[object]) -> Iterator[Callable[[], object]]:
    random: Any = sys.modules.get("random")
    if random:
        for x in _bridge.instances(objects, random.Random):
            if x is not random.random.__self__:
                # A user's subclass may not take a seed as its base does.
                yield partial(random.Random.seed, x)


def _of_numpy(objects: List[object]) -> Iterator[Callable[[], object]]:
    random: Any = sys.modules.get("numpy.random")
    if not random:
        return
    legacy = {}
    for x in _bridge.instances(objects, random.RandomState):
        if type(x._bit_generator) is random.MT19937:
            legacy[id(x._bit_generator)] = x
    for x in legacy.values():
        yield partial(_seed_legacy, x)
    for x in _bridge.instances(objects, random.BitGenerator):
        if id(x) not in legacy:
            yield partial(_renew, x)


def _seed_legacy(state: Any) -> None:
    state.seed(_words())


def _renew(bit_generator: Any) -> None:
    bit_generator.state = type(bit_generator)(_words()).state


def _words() -> List[int]:
    """Returns a seed. Numpy takes ten times as long to find its own."""
    return list(memoryview(os.urandom(16)).cast("I"))


def _of_torch() -> Iterator[Callable[[], object]]:
    torch: Any = sys.modules.get("torch")
    if not torch:
        return
    found = [torch.default_generator]
    for module in list(sys.modules.values()):
        values = list(getattr(module, "__dict__", {}).values())
        found += _bridge.instances(values, torch.Generator)
    for x in {id(x): x for x in found}.values():
        # Others have their state on a device, which does not survive a fork.
        if x.device.type == "cpu":
            yield x.seed
