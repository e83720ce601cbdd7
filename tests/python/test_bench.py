"""The pure parts of ./bench: what it makes of samples, and what it writes."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Optional

import pytest

from bench import peers, table
from bench.__main__ import chosen, judged, parsed, write_docs
from bench.model import FLOOR, LIBRARY, Against, Row, Target, Unit, at_most, limit
from bench.peers import tasks
from bench.report import Run, as_json, page, verdict_text
from bench.rounds import MEASURE, ROOT, Failed, Side, run_side, sides_of
from bench.rows import EXPERIMENTS, GROUPS
from bench.statistics import median, p99, quantile, quartiles, rounded
from bench.verdicts import RowResult, Verdict, judge, overall
from processes import wait_for_end

MILLISECONDS = Unit("ms", 1e3)


def one_each(medians: Sequence[float]) -> list[list[float]]:
    """Rounds of one sample each."""
    return [[x] for x in medians]


def judged_row(
    *targets: Target,
    more_is_better: bool = False,
    reasons: Optional[Mapping[str, str]] = None,
    **medians: Sequence[float],
) -> RowResult:
    """Judges a row whose rounds have these medians, in seconds."""
    row = Row("row", "x", "a row", MILLISECONDS, targets, more_is_better)
    samples = {name: one_each(x) for name, x in medians.items()}
    return judge(row, samples, reasons or {})


# -- statistics ------------------------------------------------------------------------


def test_a_quantile_lies_between_the_values_next_to_it() -> None:
    assert quantile([30.0, 10.0, 20.0], 0.5) == 20
    assert quantile([10.0, 20.0], 0.25) == 12.5
    assert quantile([7.0], 0.99) == 7
    assert median([4.0, 1.0, 2.0, 3.0]) == 2.5


def test_there_is_no_quantile_of_nothing() -> None:
    with pytest.raises(ValueError):
        quantile([], 0.5)


def test_quartiles_are_in_order() -> None:
    assert quartiles([5.0, 1.0, 4.0, 2.0, 3.0]) == (2, 3, 4)


def test_p99_is_the_slow_end() -> None:
    values = [float(x) for x in range(101)]
    assert p99(values, more_is_better=False) == 99
    assert p99(values, more_is_better=True) == 1


def test_four_digits_are_written() -> None:
    assert rounded(123456.0) == 123500
    assert rounded(0.000123456) == 0.0001235


# -- verdicts --------------------------------------------------------------------------


def test_less_time_than_the_target_reaches_it() -> None:
    reached = judged_row(limit(2), library=[0.001, 0.002, 0.0015])
    missed = judged_row(limit(2), library=[0.003, 0.0021, 0.004])
    assert reached.verdict is Verdict.REACHED
    assert missed.verdict is Verdict.MISSED


def test_a_higher_rate_than_the_target_reaches_it() -> None:
    # The unit shows thousandths.
    target = limit(2000)
    reached = judged_row(target, more_is_better=True, library=[2.0, 3.0, 4.0])
    missed = judged_row(target, more_is_better=True, library=[1.0, 1.9, 1.0])
    assert reached.verdict is Verdict.REACHED
    assert missed.verdict is Verdict.MISSED


def test_a_row_is_too_scattered_to_tell_if_its_quartiles_disagree() -> None:
    result = judged_row(limit(2), library=[0.001, 0.001, 0.0019, 0.003, 0.003])
    assert result.verdict is Verdict.SCATTERED
    assert verdict_text(result) == "too scattered to tell"


def test_one_round_out_of_line_does_not_decide() -> None:
    result = judged_row(limit(2), library=[0.001, 0.001, 0.001, 0.001, 0.9])
    assert result.verdict is Verdict.REACHED


def test_ratios_are_those_of_the_same_round() -> None:
    # The machine is ten times slower in the second round, for all.
    result = judged_row(
        at_most(2.5, Against.FLOOR), floor=[1.0, 10.0, 1.0], library=[2.0, 20.0, 2.0]
    )
    assert result.to_floor == (2, 2, 2)
    assert result.verdict is Verdict.REACHED


def test_a_peer_that_has_part_in_some_rounds_is_compared_in_those() -> None:
    result = judged_row(
        at_most(1.0, Against.PEER), library=[1.0, 3.0, 9.0], ray=[2.0, 6.0]
    )
    assert result.to_peer == (0.5, 0.5, 0.5)


def test_the_best_peer_is_the_fastest() -> None:
    target = at_most(1.0, Against.PEER)
    times = judged_row(target, floor=[1.0], library=[2.0], slow=[9.0], fast=[4.0])
    assert (times.best_peer, times.to_peer) == ("fast", (0.5, 0.5, 0.5))
    assert times.verdict is Verdict.REACHED
    rates = judged_row(
        target, more_is_better=True, library=[2.0], slow=[1.0], fast=[4.0]
    )
    assert rates.best_peer == "fast"
    assert rates.verdict is Verdict.MISSED


def test_a_target_without_the_other_side_is_not_measured() -> None:
    floor_missing = judged_row(at_most(1.0, Against.FLOOR), library=[1.0])
    library_missing = judged_row(limit(1), floor=[1.0])
    assert floor_missing.verdict is Verdict.UNKNOWN
    assert library_missing.verdict is Verdict.UNKNOWN


def test_a_row_has_the_worst_verdict_of_its_targets() -> None:
    assert overall([]) is Verdict.NO_TARGET
    assert overall([Verdict.REACHED, Verdict.REACHED]) is Verdict.REACHED
    assert overall([Verdict.REACHED, Verdict.SCATTERED]) is Verdict.SCATTERED
    assert overall([Verdict.SCATTERED, Verdict.UNKNOWN]) is Verdict.UNKNOWN
    assert overall([Verdict.UNKNOWN, Verdict.MISSED]) is Verdict.MISSED


def test_of_several_targets_those_are_named_that_are_not_reached() -> None:
    result = judged_row(
        limit(2), at_most(1.0, Against.FLOOR), floor=[0.0005], library=[0.001]
    )
    assert verdict_text(result) == "floor missed"


def test_the_order_of_starts_is_judged_by_the_order_of_asking() -> None:
    assert (tasks.overtaking([1, 2, 3, 4]), tasks.places([1, 2, 3, 4])) == (0, 0)
    # The last one came first, past three others.
    assert (tasks.overtaking([2, 3, 4, 1]), tasks.places([2, 3, 4, 1])) == (250, 3)


# -- rows ------------------------------------------------------------------------------


def test_every_row_of_the_table_is_there() -> None:
    assert {row.name for x in EXPERIMENTS for row in x.rows} == {
        *("call", "call_without_spin", "call_one_cpu", "call_after_quiet"),
        *("many_calls", "map", "millisecond_calls"),
        *("growth_of_host", "growth_of_snakes", "growth_of_time"),
        *(
            f"waiting_{n}_snakes_{x}{mode}"
            for n in (2, 8)
            for mode in ("", "_strict")
            for x in (1000, 10000, "overtaking", "places")
        ),
        *(
            f"waiting_{n}_snakes_{x}{mode}"
            for n in (2, 8)
            for mode in ("", "_strict")
            for x in ("cpu_1000", "cpu_10000", "cpu_growth")
        ),
        *("start", "start_numpy", "start_50", "replacement"),
        *("memory", "memory_numpy"),
        *(f"bytes_{x}" for x in ("1KB", "64KB", "1MB", "16MB", "64MB")),
        *("ints", "floats", "dicts", "records", "records_to_dicts"),
        *("doubled_16MB", "array_64KB"),
        *(f"in_place_{size}MB" for size in (1, 16, 256)),
    }


def test_rows_have_names_of_their_own() -> None:
    names = [row.name for x in EXPERIMENTS for row in x.rows]
    assert len(names) == len({*names})


def test_all_that_experiments_name_exists() -> None:
    for experiment in EXPERIMENTS:
        assert experiment.group in GROUPS
        assert {*experiment.peers} <= {*peers.ALL}
        assert not experiment.peers or experiment.task in tasks.ALL
        for row in experiment.rows:
            against = {x.against for x in row.targets}
            assert experiment.has_floor or Against.FLOOR not in against, row.name
            assert experiment.peers or Against.PEER not in against, row.name


def test_rows_are_chosen_by_name() -> None:
    assert [x.task for x in chosen(["floats"])] == ["values"]
    assert len(chosen([])) == len(EXPERIMENTS)
    assert [x.row.name for x in judged(chosen(["floats"])[0], [], ["floats"])] == [
        "floats"
    ]
    with pytest.raises(SystemExit):
        parsed(["--row", "no such row"])


def test_options_become_words_of_the_command() -> None:
    experiment = next(x for x in EXPERIMENTS if x.task == "waiting")
    floor, library, *others = sides_of(experiment, 5, False)
    assert floor.command[:3] == [str(MEASURE), "floor", "waiting"]
    assert library.command[:3] == [str(MEASURE), "library", "waiting"]
    callers = library.command.index("--callers")
    assert library.command[callers + 1] == "1000,10000"
    assert "--snakes=2" in library.command
    assert [x.name for x in others] == [*experiment.peers]
    pinned = next(x for x in EXPERIMENTS if x.rows[0].name == "call_one_cpu")
    assert "--one-cpu" in sides_of(pinned, 5, False)[0].command


def test_a_quick_run_takes_fewer_samples_and_standard_peers() -> None:
    experiment = next(x for x in EXPERIMENTS if x.rows[0].name == "call")
    sides = {x.name: x for x in sides_of(experiment, 2, True)}
    assert "--samples=300" in sides[LIBRARY].command
    assert not sides["Pool"].reason
    assert sides["loky"].reason == "is left out of a quick run"


# -- sides -----------------------------------------------------------------------------


def test_samples_are_the_last_line_that_a_side_prints() -> None:
    program = r"""printf 'hello\n{"call": [1, 2.5]}\n'"""
    assert run_side(["sh", "-c", program], 20) == {"call": [1.0, 2.5]}


@pytest.mark.parametrize(
    ("program", "reason"),
    [
        ("echo alas >&2; exit 3", "ended with 3: alas"),
        ("exit 1", "ended with 1: it printed nothing"),
        ("echo hello", "printed no samples"),
        (":", "printed no samples"),
    ],
)
def test_a_side_without_samples_says_why(program: str, reason: str) -> None:
    with pytest.raises(Failed, match=reason):
        run_side(["sh", "-c", program], 20)


def test_a_side_that_takes_too_long_is_ended_with_its_children(tmp_path: Path) -> None:
    file = tmp_path / "child"
    program = f"sleep 3600 & echo $! >{file}; wait"
    with pytest.raises(Failed, match="took longer than 2 s"):
        run_side(["sh", "-c", program], 2)
    wait_for_end(int(file.read_text()))


# -- what is written -------------------------------------------------------------------


def some_run() -> Run:
    """A run of one experiment, with samples that are made up."""
    experiment = next(x for x in EXPERIMENTS if x.rows[0].name == "call")
    samples = [{"call": [0.00001, 0.00002]}, {"call": [0.00003]}]
    sides = [
        Side(FLOOR, [], 2, [*samples]),
        Side(LIBRARY, [], 2, [*samples]),
        Side("Pool", [], 2, [{"call": [0.0001]}, {"call": [0.0001]}]),
        Side("ray", [], 2, [], "is not installed"),
    ]
    results = {"latency": judged(experiment, sides)}
    return Run({"CPU": "a good one", "cores": "2"}, "2024-02-29", 2, results)


def test_json_has_figures_ratios_and_verdicts() -> None:
    found = as_json(some_run())["rows"]["call"]
    assert found["sides"][LIBRARY]["medians of rounds"] == [15, 30]
    assert found["sides"][LIBRARY]["median"] == 22.5
    assert found["ratio to floor"] == [1, 1, 1]
    assert found["best peer"] == "Pool"
    assert found["ratio to best peer"] == [0.1875, 0.225, 0.2625]
    assert found["not measured"] == {"ray": "is not installed"}
    assert found["targets"] == [
        {"target": "≤ 1 × floor", "verdict": "reached"},
        {"target": "≤ 0.35 × best peer", "verdict": "reached"},
    ]


def test_the_page_says_machine_method_and_date() -> None:
    text = page(some_run())
    assert "2024-02-29" in text
    assert "| CPU | a good one |" in text
    assert "There were 2 rounds" in text
    assert "![latency](latency.svg)" in text
    assert "| 22.5 µs |" in text
    assert "- ray is not installed: call\n" in text
    assert max(map(len, text.split("## Latency")[0].splitlines())) <= 88


def test_the_page_links_what_is_written_by_hand() -> None:
    assert "(tried.md)" in page(some_run())
    assert (ROOT / "docs/benchmarks/tried.md").exists()


def test_what_is_written_by_hand_is_kept(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    by_hand = tmp_path / "tried.md"
    by_hand.write_text("nothing yet")
    write_docs(some_run(), tmp_path)
    assert by_hand.read_text() == "nothing yet"
    written = json.loads((tmp_path / "results.json").read_text())
    assert [*written["rows"]] == ["call"]
    assert {x.name for x in tmp_path.iterdir()} == {
        *("README.md", "latency.svg", "results.json", "tried.md"),
    }


def test_the_same_figures_make_the_same_files(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    for name in ("first", "second"):
        write_docs(some_run(), tmp_path / name)
    for file in (tmp_path / "first").iterdir():
        assert file.read_bytes() == (tmp_path / "second" / file.name).read_bytes()


def test_the_terminal_shows_the_row_and_who_is_missing() -> None:
    text = table.lines(some_run().results["latency"])
    assert "22.5 µs" in text
    assert "reached" in text
    assert text.endswith("    ray is not installed")
