"""The rows, their targets, and the experiments that yield them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Union

Option = Union[int, str, bool, tuple[int, ...]]
Options = Mapping[str, Option]
"""How to measure something: `samples` is `--samples` of the program `measure`."""

FLOOR = "floor"
LIBRARY = "library"


class Against(Enum):
    """What a target compares the library to."""

    FLOOR = "floor"
    PEER = "best peer"
    VALUE = "value"


@dataclass(frozen=True)
class Unit:
    """How to show a figure, which is in seconds, bytes or per second."""

    name: str
    factor: float


@dataclass(frozen=True)
class Target:
    """At most `limit`, or at least that in a row where more is better.

    `limit` is in the unit of the row, or a multiple of the figure that it is compared
    to.
    """

    against: Against
    limit: float


@dataclass(frozen=True)
class Row:
    """One line of the table.

    `figure` is the name of the samples that `measure` and the peers print.
    """

    name: str
    figure: str
    title: str
    unit: Unit
    targets: tuple[Target, ...] = ()
    more_is_better: bool = False


@dataclass(frozen=True)
class Experiment:
    """What yields rows: each round runs the floor, the library, and each peer.

    `task` is its name for `measure` and the peers. The options are for all sides;
    `peer_options`, `library_options` and `quick_options` go on top of them.
    """

    group: str
    task: str
    rows: tuple[Row, ...]
    options: Options
    peers: tuple[str, ...] = ()
    has_floor: bool = True
    peer_options: Options = field(default_factory=dict)
    library_options: Options = field(default_factory=dict)
    quick_options: Options = field(default_factory=dict)
    seconds: int = 60
    """How long one side may take in one round."""


def at_most(multiple: float, against: Against) -> Target:
    return Target(against, multiple)


def limit(value: float) -> Target:
    return Target(Against.VALUE, value)
