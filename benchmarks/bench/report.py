"""Writes results: as JSON, and as a page for people."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Optional

from bench.model import FLOOR, LIBRARY, Against, Row, Target
from bench.rows import GROUPS
from bench.statistics import Quartiles, rounded
from bench.verdicts import RowResult, Summary, Verdict


@dataclass(frozen=True)
class Run:
    """One run of ./bench."""

    machine: Mapping[str, str]
    date: str
    rounds: int
    results: Mapping[str, Sequence[RowResult]]
    """By group."""


# -- texts ---------------------------------------------------------------------


def number(x: float) -> str:
    """Returns three digits, or all of those before the decimal point."""
    return f"{x:,.0f}" if abs(x) >= 100 else f"{x:.3g}"


def figure(x: float, row: Row) -> str:
    return f"{number(x * row.unit.factor)} {row.unit.name}".rstrip()


def target_text(target: Target, row: Row) -> str:
    sign = "≥" if row.more_is_better else "≤"
    if target.against is Against.VALUE:
        return f"{sign} {number(target.limit)} {row.unit.name}".rstrip()
    return f"{sign} {number(target.limit)} × {target.against.value!s}"


def targets_text(row: Row) -> str:
    return ", ".join(target_text(x, row) for x in row.targets) or "–"


def ratio_text(found: Optional[Quartiles]) -> str:
    return f"{number(found.median)} ×" if found else "–"


def verdict_text(result: RowResult) -> str:
    """Says which targets are missed if a row has several."""
    if result.verdict is Verdict.NO_TARGET:
        return "–"
    text: str = result.verdict.value
    if len(result.judged) < 2 or result.verdict is Verdict.REACHED:
        return text
    named = [
        f"{x.target.against.value} {x.verdict.value}"
        for x in result.judged
        if x.verdict is not Verdict.REACHED
    ]
    return ", ".join(named)


# -- JSON ----------------------------------------------------------------------


def as_json(run: Run) -> dict[str, Any]:
    """Returns what results.json contains, with four digits of each number."""
    rows = [x for group in GROUPS for x in run.results.get(group, ())]
    return {
        "date": run.date,
        "machine": dict(run.machine),
        "rounds": run.rounds,
        "rows": {x.row.name: _row_as_json(x) for x in rows},
    }


def _row_as_json(result: RowResult) -> dict[str, Any]:
    row = result.row
    return {
        "title": row.title,
        "unit": row.unit.name,
        "sides": {
            name: _side_as_json(x, row.unit.factor) for name, x in result.sides.items()
        },
        "not measured": dict(result.reasons),
        "ratio to floor": _quartiles_as_json(result.to_floor),
        "best peer": result.best_peer,
        "ratio to best peer": _quartiles_as_json(result.to_peer),
        "targets": [
            {"target": target_text(x.target, row), "verdict": x.verdict.value}
            for x in result.judged
        ],
        "verdict": result.verdict.value,
    }


def _side_as_json(x: Summary, factor: float) -> dict[str, Any]:
    return {
        "median": rounded(x.median * factor),
        "p99": rounded(x.p99 * factor),
        "medians of rounds": [rounded(y * factor) for y in x.medians],
    }


def _quartiles_as_json(x: Optional[Quartiles]) -> Optional[list[float]]:
    return [rounded(y) for y in x] if x else None


# -- page ----------------------------------------------------------------------

METHOD = """\
- In each round, floor, library and peers run one after the other, each in processes of
  its own. There were {rounds} rounds; ray, which takes seconds to start, takes part in
  two of them. All rounds count the same: a median is the median of the
  rounds' medians, p99 the median of the rounds' 99th percentiles. For a rate, p99 is
  the slow end.
- Ratios are those of the library to the floor, and to the peer with the best median,
  in the same round: the median over the rounds. Less than 1 is faster; for a rate,
  more than 1 is.
- A target is *reached* or *missed* if both quartiles of the rounds agree; otherwise
  the row is *{scattered}*.
- The floor of a call is a C++ child that echoes 64 bytes over a bare socketpair, both
  ends blocking; of many calls, one such child per snake, called by a thread of its
  own; of a start, a fork and its first byte; of a payload, one `memcpy` of its size
  between buffers that were used before.
- Peers make the same calls of the same functions, by `submit`, `apply_async` and the
  like, except for Pool.map, which gets all of them at once. loky is the one that
  comes with joblib unless another is installed. python3 is the start of an interpreter.
  pickle is `dumps` and `loads` with protocol 5 in one process, twice, for argument and
  result, with the garbage collector on as Python users have it.
- The function of 1 ms sleeps for 0.8 ms and waits for the clock from then on. Sleeping
  all the time takes longer, by the slack of the timer; waiting for the clock all the
  time would take the CPU from the process that distributes the calls.
- Payloads go from a C++ value to a C++ value: encoding and decoding count.
- Callers in the queue are actors that one thread speaks for, so that their order is
  known. With n snakes, n calls run at the same time, and the kernel picks which of them
  starts first, so a call may be n - 1 places early without having overtaken anybody in
  the queue.
"""


def page(run: Run) -> str:
    """Returns docs/benchmarks/README.md."""
    method = METHOD.format(rounds=run.rounds, scattered=Verdict.SCATTERED.value)
    machine = "".join(f"| {key} | {x} |\n" for key, x in run.machine.items())
    groups = "\n".join(
        _group(group, run.results[group]) for group in GROUPS if group in run.results
    )
    return f"""\
# Benchmarks

Written by `./bench` on {run.date}; [results.json](results.json) has the same.
Experiments that were not worth it are in [tried.md](tried.md), written by hand.

## Machine

| property | |
|---|---|
{machine}
## Method

{method}
{groups}"""


def _group(group: str, results: Sequence[RowResult]) -> str:
    lines = [
        f"## {group.capitalize()}",
        "",
        f"![{group}]({group}.svg)",
        "",
        "| figure | median | p99 | floor | to floor | best peer | to it | target | |",
        "|---|---|---|---|---|---|---|---|---|",
        *(_line(x) for x in results),
    ]
    missing = _missing(results)
    if missing:
        lines += ["", "Not measured:", "", *missing]
    return "\n".join(lines) + "\n"


def _missing(results: Sequence[RowResult]) -> list[str]:
    """Returns a line for each side without figures, with the rows concerned."""
    rows: dict[str, list[str]] = {}
    for x in results:
        for name, reason in x.reasons.items():
            rows.setdefault(f"{name} {reason}", []).append(x.row.name)
    return [f"- {side}: {', '.join(names)}" for side, names in rows.items()]


def _line(result: RowResult) -> str:
    cells = cells_of(result)
    return "| " + " | ".join(cells) + " |"


def cells_of(result: RowResult) -> list[str]:
    """Returns the cells of a row: the same on the page and in the terminal."""
    row, sides = result.row, result.sides
    library, floor = sides.get(LIBRARY), sides.get(FLOOR)
    peer = result.best_peer
    return [
        row.title,
        figure(library.median, row) if library else "–",
        figure(library.p99, row) if library else "–",
        figure(floor.median, row) if floor else "–",
        ratio_text(result.to_floor),
        f"{peer}, {figure(sides[peer].median, row)}" if peer else "–",
        ratio_text(result.to_peer),
        targets_text(row),
        verdict_text(result),
    ]
