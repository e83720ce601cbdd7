"""Runs the sides of an experiment in turn, round by round."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryFile

from bench import peers
from bench.model import FLOOR, LIBRARY, Experiment, Option, Options

ROOT = Path(__file__).resolve().parents[2]
MEASURE = ROOT / "build" / "release" / "benchmarks" / "measure"

Samples = Mapping[str, list[float]]
"""What one side prints in one round: samples by the name of the figure."""


@dataclass
class Side:
    """One side of an experiment, and what it has printed so far."""

    name: str
    command: list[str]
    most_rounds: int
    rounds: list[Samples] = field(default_factory=list)
    reason: str = ""
    """Why it is not measured, or no longer measured."""


class Failed(Exception):
    """A side has printed no samples."""


def run_experiment(
    experiment: Experiment, rounds: int, quick: bool, tell: Callable[[str], None]
) -> list[Side]:
    """Runs all sides of `experiment` in each of `rounds` rounds."""
    sides = sides_of(experiment, rounds, quick)
    for number in range(1, rounds + 1):
        for side in sides:
            if side.reason or len(side.rounds) >= side.most_rounds:
                continue
            tell(f"{experiment.rows[0].name}: round {number} of {rounds}, {side.name}")
            try:
                side.rounds.append(run_side(side.command, experiment.seconds))
            except Failed as error:
                side.reason = str(error)
    return sides


# -- sides ---------------------------------------------------------------------


def sides_of(experiment: Experiment, rounds: int, quick: bool) -> list[Side]:
    """Returns the sides of `experiment` in the order in which they run."""
    extra = experiment.quick_options if quick else {}
    common = {**experiment.options, **extra}
    library = {**common, **experiment.library_options}
    result = []
    if experiment.has_floor:
        command = _native_command(FLOOR, experiment.task, common)
        result.append(Side(FLOOR, command, rounds))
    command = _native_command(LIBRARY, experiment.task, library)
    result.append(Side(LIBRARY, command, rounds))
    options = {**experiment.options, **experiment.peer_options, **extra}
    for name in experiment.peers:
        result.append(_peer_side(name, experiment.task, options, rounds, quick))
    return result


def _peer_side(
    name: str, task: str, options: Options, rounds: int, quick: bool
) -> Side:
    peer = peers.ALL[name]
    command = [sys.executable, "-m", "bench.peers", name, task, json.dumps(options)]
    side = Side(name, command, min(rounds, peer.most_rounds))
    if quick and not peer.is_standard():
        side.reason = "is left out of a quick run"
    elif not peer.is_installed():
        side.reason = "is not installed"
    return side


def _native_command(side: str, task: str, options: Options) -> list[str]:
    words = [word for name, x in options.items() for word in _words(name, x)]
    return [str(MEASURE), side, task, *words]


def _words(name: str, option: Option) -> list[str]:
    if option is True:
        return [f"--{name}"]
    if isinstance(option, tuple):
        return [f"--{name}", ",".join(map(str, option))]
    # In one word: the value may begin with dashes itself.
    return [f"--{name}={option}"]


# -- processes -----------------------------------------------------------------


def run_side(command: list[str], seconds: float) -> Samples:
    """Runs a command that prints samples as one line of JSON.

    Raises Failed if it does not.
    """
    environment = dict(os.environ)
    if command[0] == str(MEASURE):
        # The snakes find what they need by themselves.
        environment.pop("PYTHONPATH", None)
    # Files, not pipes: a process left behind would keep a pipe open.
    with TemporaryFile("w+") as output, TemporaryFile("w+") as errors:
        process = subprocess.Popen(
            command,
            stdout=output,
            stderr=errors,
            env=environment,
            start_new_session=True,
        )
        try:
            status = process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            raise Failed(f"took longer than {seconds:.0f} s") from None
        finally:
            _end_session(process)
        output.seek(0)
        errors.seek(0)
        if status != 0:
            last = (errors.read().strip().splitlines() or ["it printed nothing"])[-1]
            raise Failed(f"ended with {status}: {last[:200]}")
        return _samples(output.read())


def _samples(output: str) -> Samples:
    try:
        # Libraries print things of their own.
        found = json.loads(output.strip().splitlines()[-1])
    except (IndexError, ValueError):
        raise Failed("printed no samples") from None
    return {name: [float(x) for x in samples] for name, samples in found.items()}


def _end_session(process: "subprocess.Popen[bytes]") -> None:
    """Ends processes that a side has left behind.

    Not immediately: loky and joblib have a process that cleans up after the others.
    """
    with suppress(ProcessLookupError):
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)
        end = time.monotonic() + 1
        while time.monotonic() < end:
            process.poll()
            os.killpg(process.pid, 0)
            time.sleep(0.01)
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
