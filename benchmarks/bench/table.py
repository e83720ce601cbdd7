"""The table in the terminal, a row at a time."""

from collections.abc import Sequence

from bench.report import cells_of
from bench.verdicts import RowResult

HEADS = (
    "what",
    "median",
    "p99",
    "floor",
    "to floor",
    "best peer",
    "to it",
    "target",
    "",
)
WIDTHS = (34, 10, 10, 10, 9, 22, 8, 20, 0)


def head() -> str:
    return _line(HEADS)


def lines(results: Sequence[RowResult]) -> str:
    """Returns the rows of an experiment, and why some of its sides have no figures."""
    reasons = results[0].reasons.items()
    return "\n".join(
        [_line(cells_of(x)) for x in results]
        + [f"    {name} {reason}" for name, reason in reasons]
    )


def _line(cells: Sequence[str]) -> str:
    """Cells that are too long continue on the next line."""
    columns = [_wrapped(cell, width) for cell, width in zip(cells, WIDTHS)]
    height = max(map(len, columns))
    lines = []
    for i in range(height):
        parts = [x[i] if i < len(x) else "" for x in columns]
        padded = (f"{part:<{width}}" for part, width in zip(parts, WIDTHS))
        lines.append(" ".join(padded).rstrip())
    return "\n".join(lines)


def _wrapped(cell: str, width: int) -> list[str]:
    if width == 0:
        return [cell]
    lines = [""]
    for word in cell.split():
        longer = f"{lines[-1]} {word}".strip()
        if len(longer) <= width or not lines[-1]:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines
