"""One picture for each group: a small chart for each of its rows."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Optional

import matplotlib

matplotlib.use("svg")
import matplotlib.pyplot as plt  # noqa: E402

from bench.model import FLOOR, LIBRARY, Against, Target  # noqa: E402
from bench.report import number, verdict_text  # noqa: E402
from bench.verdicts import RowResult  # noqa: E402

# The same figures must make the same file.
matplotlib.rcParams["svg.hashsalt"] = "venomous"
matplotlib.rcParams["svg.fonttype"] = "none"
matplotlib.rcParams["font.size"] = 8

_COLUMNS = 2
_COLORS = {FLOOR: "#9a9a9a", LIBRARY: "#2a7f3f"}
_PEER_COLOR = "#8fb3d9"


def draw(group: str, results: Sequence[RowResult], file: Path) -> None:
    """Draws the rows of `group` into an SVG file."""
    shown = [x for x in results if x.sides]
    count = max(1, -(-len(shown) // _COLUMNS))
    most = max((len(x.sides) for x in shown), default=1)
    size = (10, count * (1.1 + 0.22 * most))
    figure, axes = plt.subplots(count, _COLUMNS, figsize=size, squeeze=False)
    for place, axis in enumerate(axes.flat):
        if place < len(shown):
            _chart(axis, shown[place])
        else:
            axis.axis("off")
    figure.tight_layout()
    figure.savefig(file, metadata={"Date": None})
    plt.close(figure)


def _chart(axis: Any, result: RowResult) -> None:
    """Bars for medians, a line to p99, and a broken line for each limit."""
    factor, names = result.row.unit.factor, list(result.sides)
    for place, name in enumerate(names):
        side = result.sides[name]
        middle, tail = side.median * factor, side.p99 * factor
        axis.barh(place, middle, color=_COLORS.get(name, _PEER_COLOR))
        axis.plot([middle, tail], [place, place], color="#333333", linewidth=1)
        axis.annotate(
            f" {number(middle)}", (max(middle, tail), place), va="center", fontsize=7
        )
    for target in result.row.targets:
        position = _limit(result, target)
        if position:
            axis.axvline(position, color="#c0392b", linestyle="--", linewidth=1)
    axis.set_yticks(range(len(names)), names)
    axis.invert_yaxis()
    _scale(axis, result)
    title = f"{result.row.title}\n{verdict_text(result)}"
    axis.set_title(title, loc="left", fontsize=8)
    axis.set_xlabel(result.row.unit.name)
    for edge in ("top", "right"):
        axis.spines[edge].set_visible(False)


def _scale(axis: Any, result: RowResult) -> None:
    """Takes a logarithmic scale where the sides are far apart."""
    values = [x for side in result.sides.values() for x in (side.median, side.p99)]
    if min(values) > 0 and max(values) > 10 * min(values):
        axis.set_xscale("log")
    axis.margins(x=0.15)


def _limit(result: RowResult, target: Target) -> Optional[float]:
    """Returns the position of a target, in the unit of the row."""
    if target.against is Against.VALUE:
        return target.limit
    name = FLOOR if target.against is Against.FLOOR else result.best_peer
    side = result.sides.get(name) if name else None
    return side.median * target.limit * result.row.unit.factor if side else None
