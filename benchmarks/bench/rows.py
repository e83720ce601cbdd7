"""The table of all rows.

A row that measures an option of the library is the same experiment with
`library_options={"pool-option": "--venomous.group.key=value"}`.
"""

from collections.abc import Sequence

from bench.model import (
    Against,
    Experiment,
    Option,
    Options,
    Row,
    Target,
    Unit,
    at_most,
    limit,
)

MICROSECONDS = Unit("µs", 1e6)
MILLISECONDS = Unit("ms", 1e3)
PER_SECOND = Unit("/s", 1)
MEGABYTES = Unit("MB", 1e-6)
TIMES = Unit("×", 1)
PER_THOUSAND = Unit("‰", 1)
NUMBER = Unit("", 1)

GROUPS = ("latency", "throughput", "waiting", "snakes", "payloads")

_POOLS = ("Pool", "ProcessPoolExecutor")
_ALL = (*_POOLS, "loky", "joblib", "pebble", "ray")
_FLOOR, _PEER = Against.FLOOR, Against.PEER
_AHEAD = at_most(1.0, _PEER)


# -- latency -------------------------------------------------------------------


def _one_caller(
    name: str,
    title: str,
    targets: tuple[Target, ...],
    peers: tuple[str, ...] = _POOLS,
    samples: int = 3000,
    options: Options = {},
    library_options: Options = {},
) -> Experiment:
    return Experiment(
        group="latency",
        task="call",
        rows=(Row(name, "call", title, MICROSECONDS, targets),),
        options={"samples": samples, **options},
        peers=peers,
        peer_options={"samples": min(samples, 1000)},
        library_options=library_options,
        quick_options={"samples": min(samples // 3, 300)},
    )


_LATENCY = (
    _one_caller(
        "call",
        "abs(-1), one call at a time",
        (at_most(1.0, _FLOOR), at_most(0.35, _PEER)),
        _ALL,
    ),
    _one_caller(
        "call_without_spin",
        "the same, without polling before sleep",
        (at_most(1.4, _FLOOR),),
        library_options={"pool-option": "--venomous.snake-manager.spin-us=0"},
    ),
    _one_caller(
        "call_one_cpu",
        "the same, all on one CPU",
        (at_most(3.0, _FLOOR),),
        options={"one-cpu": True},
    ),
    _one_caller(
        "call_after_quiet",
        "the same after a pause of 100 ms",
        (at_most(2.5, _FLOOR),),
        samples=15,
        options={"quiet-ms": 100},
    ),
)


# -- throughput ----------------------------------------------------------------


def _rate(
    name: str,
    task: str,
    title: str,
    targets: tuple[Target, ...],
    peers: tuple[str, ...],
    calls: int,
    peer_calls: int,
) -> Experiment:
    return Experiment(
        group="throughput",
        task=task,
        rows=(Row(name, "rate", title, PER_SECOND, targets, more_is_better=True),),
        options={"snakes": 2, "samples": 3, "calls": calls},
        peers=peers,
        peer_options={"samples": 2, "calls": peer_calls},
        quick_options={"samples": 1, "calls": min(calls, 2000)},
    )


_THROUGHPUT = (
    _rate(
        "many_calls",
        "rate",
        "abs(-1), 1,000 calls in flight",
        (limit(200_000), _AHEAD),
        _ALL,
        calls=20_000,
        peer_calls=2_000,
    ),
    Experiment(
        group="throughput",
        task="map",
        rows=(
            Row(
                "map",
                "rate",
                "abs of 1e6 ints by python_map, Pool.map with its best chunks",
                PER_SECOND,
                (_AHEAD,),
                more_is_better=True,
            ),
        ),
        options={"snakes": 2, "samples": 3, "calls": 1_000_000},
        peers=("Pool.map",),
        has_floor=False,
        quick_options={"samples": 1, "calls": 100_000},
    ),
    _rate(
        "millisecond_calls",
        "millisecond",
        "a function of 1 ms, the limit is 2,000/s",
        (limit(1_940),),
        ("Pool.map", "ProcessPoolExecutor"),
        calls=600,
        peer_calls=600,
    ),
    Experiment(
        group="throughput",
        task="growth",
        rows=(
            Row(
                "growth_of_host",
                "host",
                "memory of the host, the last tenth of 1e6 calls to the first",
                TIMES,
                (limit(1.05),),
            ),
            Row(
                "growth_of_snakes",
                "snakes",
                "memory of the snakes, likewise",
                TIMES,
                (limit(1.05),),
            ),
            Row(
                "growth_of_time",
                "time",
                "time of a call, likewise",
                TIMES,
                (limit(1.05),),
            ),
        ),
        options={"snakes": 2, "calls": 1_000_000},
        has_floor=False,
        quick_options={"calls": 50_000},
        seconds=90,
    ),
)


# -- waiting -------------------------------------------------------------------


def _waiting(snakes: int, suffix: str = "", **library_options: Option) -> Experiment:
    strict = bool(library_options)

    def row(
        case: str,
        figure: str,
        title: str,
        unit: Unit,
        *targets: Target,
        more_is_better: bool = False,
    ) -> Row:
        name = f"waiting_{snakes}_snakes_{case}" + ("_strict" if strict else "")
        title = f"{title}, {snakes} snakes{suffix}"
        return Row(name, figure, title, unit, targets, more_is_better)

    def rate(callers: int) -> Row:
        title = f"{callers:,} callers in the queue"
        return row(
            f"{callers}",
            f"rate_{callers}",
            title,
            PER_SECOND,
            limit(30_000),
            more_is_better=True,
        )

    return Experiment(
        group="waiting",
        task="waiting",
        rows=(
            rate(1_000),
            rate(10_000),
            row(
                "overtaking",
                "overtaking_10000",
                "calls that start before one sent earlier",
                PER_THOUSAND,
            ),
            # This many run at the same time, and the kernel picks which one is first.
            row(
                "places",
                "places_10000",
                "by how many places they do at most",
                NUMBER,
                *((limit(snakes - 1),) if strict else ()),
            ),
            row("cpu_1000", "cpu_1000", "CPU of the host a call, 1,000", MICROSECONDS),
            row(
                "cpu_10000", "cpu_10000", "CPU of the host a call, 10,000", MICROSECONDS
            ),
            row(
                "cpu_growth",
                "cpu_growth",
                "the one to the other",
                TIMES,
                limit(1.1),
            ),
        ),
        options={
            "snakes": snakes,
            "samples": 2,
            "calls": 20_000,
            "callers": (1_000, 10_000),
        },
        library_options=library_options,
        peers=_POOLS,
        peer_options={"samples": 1, "calls": 10_000},
        quick_options={"samples": 1, "calls": 10_000},
    )


# By default a busy snake has short calls ahead, so one may begin before another that
# came a little earlier. Without that, none does.
_STRICT = {"pool-option": "--venomous.snake-manager.max-ahead=0"}

_WAITING = (
    _waiting(2),
    _waiting(8),
    _waiting(2, ", in strict order", **_STRICT),
    _waiting(8, ", in strict order", **_STRICT),
)


# -- snakes --------------------------------------------------------------------


def _snakes(
    name: str,
    task: str,
    figure: str,
    title: str,
    unit: Unit,
    targets: tuple[Target, ...],
    peers: tuple[str, ...],
    options: Options,
    quick: Options,
) -> Experiment:
    return Experiment(
        group="snakes",
        task=task,
        rows=(Row(name, figure, title, unit, targets),),
        options=options,
        peers=peers,
        quick_options=quick,
    )


def _start(name: str, title: str, most: float, **options: Option) -> Experiment:
    return _snakes(
        name,
        "start",
        "start",
        title,
        MILLISECONDS,
        (limit(most), _AHEAD),
        ("python3", "Pool"),
        {"samples": 15, **options},
        {"samples": 5},
    )


def _memory(name: str, title: str, most: float, **options: Option) -> Experiment:
    return _snakes(
        name,
        "memory",
        "memory",
        title,
        MEGABYTES,
        (limit(most),),
        ("Pool",),
        {"snakes": 200, **options},
        {"snakes": 50},
    )


_SNAKES = (
    _start("start", "a new snake, until its first result", 1.5),
    _start("start_numpy", "the same, numpy preloaded", 3.0, preload="numpy"),
    _snakes(
        "start_50",
        "starts",
        "starts",
        "50 new snakes at once, until the last one runs a call",
        MILLISECONDS,
        (limit(60), _AHEAD),
        ("python3", "Pool"),
        {"samples": 2, "snakes": 50},
        {"samples": 1},
    ),
    _snakes(
        "replacement",
        "replacement",
        "replacement",
        "a snake is killed, until the next call in the queue runs",
        MILLISECONDS,
        (limit(5), _AHEAD),
        ("Pool", "ProcessPoolExecutor", "pebble"),
        {"samples": 8},
        {"samples": 3},
    ),
    _memory("memory", "Pss of an idle snake, 200 of them", 0.8),
    _memory("memory_numpy", "the same, numpy preloaded", 1.5, preload="numpy"),
)


# -- payloads ------------------------------------------------------------------

SIZES = {
    "1 KB": 1 << 10,
    "64 KB": 1 << 16,
    "1 MB": 1 << 20,
    "16 MB": 1 << 24,
    "64 MB": 1 << 26,
}


def _bytes(label: str, size: int) -> Row:
    unit = MICROSECONDS if size < 1 << 20 else MILLISECONDS
    name = f"bytes_{label.replace(' ', '')}"
    title = f"bytes of {label}, both ways"
    return Row(name, f"bytes_{size}", title, unit, (at_most(4.0, _FLOOR), _AHEAD))


def _values(figure: str, title: str) -> Row:
    return Row(figure, figure, f"{title}, both ways", MILLISECONDS, (_AHEAD,))


_PAYLOADS = (
    Experiment(
        group="payloads",
        task="bytes",
        rows=tuple(_bytes(label, size) for label, size in SIZES.items()),
        options={"samples": 128, "sizes": tuple(SIZES.values())},
        peers=_ALL,
        peer_options={"samples": 64},
        quick_options={"samples": 20},
    ),
    Experiment(
        group="payloads",
        task="values",
        rows=(
            _values("ints", "a list of 1e6 ints"),
            _values("floats", "a list of 1e6 floats"),
            _values("dicts", "a list of 1e5 small dicts"),
        ),
        options={"samples": 3, "elements": 1_000_000},
        peers=("pickle", *_POOLS),
        quick_options={"samples": 1},
    ),
    Experiment(
        group="payloads",
        task="records",
        rows=(
            Row(
                "records",
                "records",
                "1,000 records of 10 fields to dataclasses and back",
                MILLISECONDS,
            ),
            Row(
                "records_to_dicts",
                "records_to_dicts",
                "that to the same as plain dicts",
                TIMES,
                (limit(2.0),),
            ),
        ),
        options={"samples": 100, "elements": 1_000},
        has_floor=False,
        quick_options={"samples": 20},
    ),
)

_ARRAY_SIZES = (1 << 20, 1 << 24, 1 << 28)

_ARRAYS = (
    Experiment(
        group="payloads",
        task="doubled",
        rows=(
            Row(
                "doubled_16MB",
                f"doubled_{1 << 24}",
                "16 MB of float64 there, a*2 back, above the computation",
                MILLISECONDS,
                (at_most(3.5, _FLOOR),),
            ),
        ),
        options={"samples": 60, "sizes": (1 << 24,)},
        quick_options={"samples": 20},
    ),
    Experiment(
        group="payloads",
        task="in_place",
        rows=tuple(
            Row(
                f"in_place_{size >> 20}MB",
                f"in_place_{size}",
                f"{size >> 20} MB in the arena, out=, above the computation",
                MICROSECONDS,
                (limit(100),),
            )
            for size in _ARRAY_SIZES
        ),
        options={"samples": 100, "sizes": _ARRAY_SIZES},
        library_options={"pool-option": "--venomous.snake-supervisor.arena-mb=1024"},
        has_floor=False,
        quick_options={"samples": 30},
    ),
    Experiment(
        group="payloads",
        task="next_to_bytes",
        rows=(
            Row(
                "array_64KB",
                f"next_to_bytes_{1 << 16}",
                "an array of 64 KB, both ways, to bytes of that size",
                TIMES,
                (limit(1.0),),
            ),
        ),
        options={"samples": 1000, "sizes": (1 << 16,)},
        has_floor=False,
        quick_options={"samples": 200},
    ),
)

EXPERIMENTS: Sequence[Experiment] = (
    *_LATENCY,
    *_THROUGHPUT,
    *_WAITING,
    *_SNAKES,
    *_PAYLOADS,
    *_ARRAYS,
)
