"""Judges whether the library meets its targets."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Optional

from bench.model import FLOOR, LIBRARY, Against, Row, Target
from bench.statistics import Quartiles, median, p99, quartiles, ratios

Rounds = Sequence[Sequence[float]]
"""The samples of one figure on one side, round by round."""


class Verdict(Enum):
    """The verdict on a target, and on a row."""

    REACHED = "reached"
    MISSED = "missed"
    SCATTERED = "too scattered to tell"
    UNKNOWN = "not measured"
    NO_TARGET = "no target"


@dataclass(frozen=True)
class Summary:
    """One figure on one side, in seconds, bytes or per second."""

    median: float
    p99: float
    medians: tuple[float, ...]
    """The median of each round."""


@dataclass(frozen=True)
class Judged:
    """The outcome for a target: the quartiles of the rounds, and their verdict."""

    target: Target
    found: Optional[Quartiles]
    verdict: Verdict


@dataclass(frozen=True)
class RowResult:
    """Everything known about a row. Ratios are the library to the other side."""

    row: Row
    sides: Mapping[str, Summary]
    to_floor: Optional[Quartiles]
    best_peer: Optional[str]
    to_peer: Optional[Quartiles]
    judged: tuple[Judged, ...]
    verdict: Verdict
    reasons: Mapping[str, str]
    """Why a side has no figure."""


def summary(rounds: Rounds, more_is_better: bool) -> Summary:
    """Summarizes the rounds, all of which count the same."""
    medians = tuple(median(x) for x in rounds)
    tails = [p99(x, more_is_better) for x in rounds]
    return Summary(median(medians), median(tails), medians)


def verdict_of(found: Quartiles, limit: float, more_is_better: bool) -> Verdict:
    """Says only what both quartiles of the rounds agree on."""
    reached = {(x >= limit if more_is_better else x <= limit) for x in found}
    if len(reached) > 1:
        return Verdict.SCATTERED
    return Verdict.REACHED if reached.pop() else Verdict.MISSED


def overall(verdicts: Sequence[Verdict]) -> Verdict:
    """A row is reached if all its targets are."""
    if not verdicts:
        return Verdict.NO_TARGET
    for worst in (Verdict.MISSED, Verdict.UNKNOWN, Verdict.SCATTERED):
        if worst in verdicts:
            return worst
    return Verdict.REACHED


def best_peer(sides: Mapping[str, Summary], more_is_better: bool) -> Optional[str]:
    peers = [name for name in sides if name not in (FLOOR, LIBRARY)]
    best = max if more_is_better else min
    return best(peers, key=lambda x: sides[x].median) if peers else None


def judge(
    row: Row, samples: Mapping[str, Rounds], reasons: Mapping[str, str]
) -> RowResult:
    """Judges a row by ratios that were measured in the same round."""
    sides = {
        name: summary(rounds, row.more_is_better)
        for name, rounds in samples.items()
        if rounds
    }
    library = sides.get(LIBRARY)

    def against(name: Optional[str]) -> Optional[Quartiles]:
        other = sides.get(name) if name else None
        if library is None or other is None or not all(other.medians):
            return None
        return quartiles(ratios(library.medians, other.medians))

    peer = best_peer(sides, row.more_is_better)
    values = (
        quartiles([x * row.unit.factor for x in library.medians]) if library else None
    )
    found = {
        Against.FLOOR: against(FLOOR),
        Against.PEER: against(peer),
        Against.VALUE: values,
    }
    judged = tuple(_judge(x, found[x.against], row.more_is_better) for x in row.targets)
    return RowResult(
        row=row,
        sides=sides,
        to_floor=found[Against.FLOOR],
        best_peer=peer,
        to_peer=found[Against.PEER],
        judged=judged,
        verdict=overall([x.verdict for x in judged]),
        reasons=reasons,
    )


def _judge(target: Target, found: Optional[Quartiles], more_is_better: bool) -> Judged:
    if found is None:
        return Judged(target, None, Verdict.UNKNOWN)
    return Judged(target, found, verdict_of(found, target.limit, more_is_better))
