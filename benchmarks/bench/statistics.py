"""Computes figures from samples."""

from collections.abc import Sequence
from math import floor
from typing import NamedTuple


class Quartiles(NamedTuple):
    """The middle of some values, and where a quarter of them ends on each side."""

    low: float
    median: float
    high: float


def quantile(values: Sequence[float], share: float) -> float:
    """Returns the value that `share` of the values do not exceed, interpolated.

    Raises ValueError if there are no values.
    """
    if not values:
        raise ValueError("no values")
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    below = floor(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


def median(values: Sequence[float]) -> float:
    return quantile(values, 0.5)


def quartiles(values: Sequence[float]) -> Quartiles:
    return Quartiles(*(quantile(values, x) for x in (0.25, 0.5, 0.75)))


def p99(values: Sequence[float], more_is_better: bool) -> float:
    """Returns the figure that only one value in a hundred is worse than."""
    return quantile(values, 0.01 if more_is_better else 0.99)


def ratios(of: Sequence[float], to: Sequence[float]) -> list[float]:
    """Returns the ratio in each round that both have."""
    return [x / y for x, y in zip(of, to)]


def rounded(x: float) -> float:
    """Returns `x` with four digits: more would mean nothing."""
    return float(f"{x:.4g}")
