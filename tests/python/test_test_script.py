"""What ./test does when a stage fails. Stand-ins take the place of cmake and ctest."""

import os
import shutil
import subprocess
from pathlib import Path
from typing import List, NamedTuple

import pytest

ROOT = Path(__file__).parents[2]
STAGES = ("dev", "asan", "fuzz")

STAND_IN = """#!/bin/sh
echo "$(basename "$0") $*" >>"$LOG"
case "$(basename "$0") $*" in $FAILING) exit 1 ;; esac
"""

INSTALLED = """#!/bin/sh
echo installed
"""


class Run(NamedTuple):
    status: int
    commands: List[str]
    last_line: str

    def tested(self) -> List[str]:
        """The stages whose tests ran."""
        return [
            stage
            for stage in STAGES
            if any(x.startswith(f"ctest --preset {stage}") for x in self.commands)
        ]


def run_tests(folder: Path, failing: str = "nothing", *arguments: str) -> Run:
    """Runs ./test where every command that matches the pattern `failing` fails."""
    (folder / "cmake").mkdir()
    shutil.copy(ROOT / "test", folder)
    shutil.copy(ROOT / "cmake/prepare.sh", folder / "cmake")
    programs = folder / "bin"
    programs.mkdir()
    # No package is missing, so none is installed.
    texts = {"cmake": STAND_IN, "ctest": STAND_IN, "dpkg-query": INSTALLED}
    for name, text in texts.items():
        (programs / name).write_text(text)
        (programs / name).chmod(0o755)
    log = folder / "log"
    done = subprocess.run(
        [str(folder / "test"), *arguments],
        env={
            "PATH": f"{programs}:{os.environ['PATH']}",
            "LOG": str(log),
            "FAILING": failing,
        },
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    last_line = done.stderr.splitlines()[-1]
    return Run(done.returncode, log.read_text().splitlines(), last_line)


def test_all_stages_run_and_pass(tmp_path: Path) -> None:
    run = run_tests(tmp_path)
    assert run.status == 0
    assert run.tested() == list(STAGES)
    assert run.last_line == "venomous: all stages passed: dev asan fuzz"


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_that_fails_stops_no_other(tmp_path: Path, stage: str) -> None:
    run = run_tests(tmp_path, f"ctest --preset {stage}*")
    assert run.status == 1
    assert run.tested() == list(STAGES)
    assert run.last_line == f"venomous: failed: {stage}"


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("step", ["cmake --preset", "cmake --build --preset"])
def test_what_cannot_be_built_is_not_tested(
    tmp_path: Path, stage: str, step: str
) -> None:
    run = run_tests(tmp_path, f"{step} {stage}*")
    assert run.status == 1
    assert run.tested() == [x for x in STAGES if x != stage]
    assert run.last_line == f"venomous: failed: {stage}"


def test_all_that_failed_are_named_in_one_line(tmp_path: Path) -> None:
    run = run_tests(tmp_path, "ctest*")
    assert run.status == 1
    assert run.last_line.startswith("venomous: failed: ")
    assert set(run.last_line.split()[2:]) == set(STAGES)


def test_arguments_go_to_ctest(tmp_path: Path) -> None:
    run = run_tests(tmp_path, "nothing", "-R", "lease")
    assert all(x.endswith("-R lease") for x in run.commands if x.startswith("ctest"))


def test_quick_leaves_out_what_takes_long(tmp_path: Path) -> None:
    run = run_tests(tmp_path, "nothing", "--quick", "-R", "lease")
    assert run.tested() == ["dev"]
    assert not any("asan" in x or "fuzz" in x for x in run.commands)
    (tests,) = (x for x in run.commands if x.startswith("ctest"))
    assert tests.endswith("--label-exclude chaos|consumer -R lease")
    assert run.last_line == "venomous: all stages passed: dev"
