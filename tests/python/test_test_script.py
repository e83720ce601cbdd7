"""What ./test does when a stage fails."""

from pathlib import Path
from typing import List

import pytest

from scripts import Run, Scripts

STAGES = ("dev", "asan", "fuzz")


def stages_tested(run: Run) -> List[str]:
    """The stages whose tests ran."""
    return [
        stage
        for stage in STAGES
        if any(x.startswith(f"ctest --preset {stage}") for x in run.commands)
    ]


def run_tests(folder: Path, failing: str = "nothing", *arguments: str) -> Run:
    """Runs ./test where every command that matches the pattern `failing` fails."""
    return Scripts(folder).run("test", *arguments, failing=failing)


def test_all_stages_run_and_pass(tmp_path: Path) -> None:
    run = run_tests(tmp_path)
    assert run.status == 0
    assert stages_tested(run) == list(STAGES)
    assert run.last_line == "venomous: all stages passed: dev asan fuzz"


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_that_fails_stops_no_other(tmp_path: Path, stage: str) -> None:
    run = run_tests(tmp_path, f"ctest --preset {stage}*")
    assert run.status == 1
    assert stages_tested(run) == list(STAGES)
    assert run.last_line == f"venomous: failed: {stage}"


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("step", ["cmake --preset", "cmake --build --preset"])
def test_what_cannot_be_built_is_not_tested(
    tmp_path: Path, stage: str, step: str
) -> None:
    run = run_tests(tmp_path, f"{step} {stage}*")
    assert run.status == 1
    assert stages_tested(run) == [x for x in STAGES if x != stage]
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
    assert stages_tested(run) == ["dev"]
    assert not any("asan" in x or "fuzz" in x for x in run.commands)
    (tests,) = (x for x in run.commands if x.startswith("ctest"))
    assert tests.endswith("--label-exclude chaos|consumer -R lease")
    assert run.last_line == "venomous: all stages passed: dev"
