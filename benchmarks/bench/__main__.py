"""Measures the library in turn with the floor and with its peers.

A full run writes docs/benchmarks. A quick run, or a run of some rows, writes
build/bench.json only.
"""

import argparse
import json
import sys
import time
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from bench import machine, table
from bench.model import Experiment
from bench.report import Run, as_json, page
from bench.rounds import ROOT, Side, run_experiment
from bench.rows import EXPERIMENTS, GROUPS
from bench.verdicts import RowResult, judge

DOCS = ROOT / "docs" / "benchmarks"


def parsed(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="./bench",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--quick", action="store_true", help="a minute, roughly right")
    parser.add_argument("--row", action="append", help="only this one, may come again")
    parser.add_argument("--list", action="store_true", help="show the names of rows")
    parser.add_argument("--rounds", type=int, help="5 unless it is quick, 2 then")
    result = parser.parse_args(arguments)
    names = {row.name for x in EXPERIMENTS for row in x.rows}
    unknown = {*(result.row or ())} - names
    if unknown:
        parser.error(f"no row is called {', '.join(sorted(unknown))}, see --list")
    return result


def main(arguments: Sequence[str]) -> int:
    options = parsed(arguments)
    if options.list:
        for experiment in EXPERIMENTS:
            for row in experiment.rows:
                print(f"{row.name:30} {row.title}")
        return 0
    in_part = options.quick or options.row
    if not in_part and not find_spec("matplotlib"):
        print("the pictures need matplotlib", file=sys.stderr)
        return 1
    rounds = options.rounds or (2 if options.quick else 5)
    begin = time.monotonic()
    run = measured(options.row or (), rounds, options.quick)
    print(f"\nThat took {time.monotonic() - begin:.0f} s.", end=" ")
    if in_part:
        file = ROOT / "build" / "bench.json"
        write_json(run, file)
        print(f"The same is in {file.relative_to(ROOT)}.")
    else:
        write_docs(run, DOCS)
        print(f"The same is in {DOCS.relative_to(ROOT)}.")
    return 0


def chosen(names: Sequence[str]) -> list[Experiment]:
    """Returns the experiments that yield the rows `names`, all if there are none."""
    return [
        x for x in EXPERIMENTS if not names or any(row.name in names for row in x.rows)
    ]


def measured(names: Sequence[str], rounds: int, quick: bool) -> Run:
    """Measures the rows `names`, or all, and prints the table as it grows."""
    results: dict[str, list[RowResult]] = {}
    experiments = chosen(names)
    described = machine.describe()
    for group in GROUPS:
        for experiment in (x for x in experiments if x.group == group):
            if group not in results:
                print(f"\n{group.upper()}\n{table.head()}", flush=True)
            sides = run_experiment(experiment, rounds, quick, tell)
            tell("")
            found = judged(experiment, sides, names)
            print(table.lines(found), flush=True)
            results.setdefault(group, []).extend(found)
    return Run(described, time.strftime("%Y-%m-%d"), rounds, results)


def judged(
    experiment: Experiment, sides: Sequence[Side], names: Sequence[str] = ()
) -> list[RowResult]:
    """Judges the rows of `experiment`, those of `names` only if there are any."""
    result = []
    for row in experiment.rows:
        if names and row.name not in names:
            continue
        samples = {
            side.name: [x[row.figure] for x in side.rounds if x.get(row.figure)]
            for side in sides
        }
        reasons = {side.name: side.reason for side in sides if side.reason}
        result.append(judge(row, samples, reasons))
    return result


def tell(message: str) -> None:
    """Shows the current step, on a terminal only."""
    if sys.stderr.isatty():
        print(f"\r\033[K{message}", end="", file=sys.stderr, flush=True)


# -- files ---------------------------------------------------------------------


def write_json(run: Run, file: Path) -> None:
    text = json.dumps(as_json(run), indent=1, ensure_ascii=False)
    file.write_text(f"{text}\n", encoding="utf-8")


def write_docs(run: Run, folder: Path) -> None:
    """Writes everything but tried.md, which is written by hand."""
    # It takes long to import, and not everybody has it.
    from bench.pictures import draw

    folder.mkdir(parents=True, exist_ok=True)
    write_json(run, folder / "results.json")
    (folder / "README.md").write_text(page(run), encoding="utf-8")
    for group, results in run.results.items():
        draw(group, results, folder / f"{group}.svg")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
