"""What ./run reports about its build, and what it does when it cannot continue."""

import os
import pty
import re
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Iterator, Optional

import pytest

from scripts import STAND_IN, Scripts

BUILD = """
case $* in *--build*) ;; *) exit ;; esac
echo "[1/2] Building CXX object hello.cpp.o"
echo "hello.cpp:1:1: note: [2/2] is no step"
echo "[2/2] Linking CXX executable hello"
"""

# Nobody, who may do less than root.
OTHER_USER: Optional[int] = 65534 if os.geteuid() == 0 else None


@pytest.fixture
def open_path() -> Iterator[Path]:
    """A folder that other users can look into, unlike `tmp_path`."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


def with_program(scripts: Scripts, folder: str = "build/release") -> Scripts:
    """Adds what the build would have made."""
    program = scripts.folder / folder / "examples/hello"
    program.parent.mkdir(parents=True)
    program.write_text('#!/bin/sh\necho "hello $*"\n')
    program.chmod(0o755)
    return scripts


# -- help and arguments --------------------------------------------------------


def test_help_builds_nothing(tmp_path: Path) -> None:
    run = Scripts(tmp_path).run("run", "--help")
    assert run.status == 0
    assert not run.commands
    assert "--snakes" in run.output
    assert run.output.endswith("Examples:\n  hello census\n")


def test_an_example_gets_the_other_arguments(tmp_path: Path) -> None:
    run = with_program(Scripts(tmp_path)).run("run", "hello", "--help", "me")
    assert (run.status, run.output) == (0, "hello --help me\n")
    assert "cmake --build --preset release --target hello" in run.commands


def test_an_example_is_found_among_many(tmp_path: Path) -> None:
    scripts = with_program(Scripts(tmp_path))
    for i in range(500):
        (tmp_path / f"examples/later{i}.cpp").touch()
    run = scripts.run("run", "hello")
    assert (run.status, run.output) == (0, "hello \n")


def test_an_unknown_example_is_named(tmp_path: Path) -> None:
    run = Scripts(tmp_path).run("run", "helo")
    assert run.status == 2
    assert run.last_line == "venomous: there is no example helo; there are: hello census"
    assert not run.commands


# -- progress ------------------------------------------------------------------


def shown_on_terminal(scripts: Scripts) -> str:
    """Returns what ./run hello shows on a terminal."""
    ours, theirs = pty.openpty()
    process = scripts.start("run", "hello", stderr=theirs)
    os.close(theirs)
    shown = b""
    # A terminal that nobody writes to any more is an error, not an end of file.
    with suppress(OSError):
        while piece := os.read(ours, 10_000):
            shown += piece
    os.close(ours)
    process.communicate(timeout=60)
    assert process.returncode == 0, shown
    return shown.decode()


def test_a_terminal_shows_how_far_the_build_is(tmp_path: Path) -> None:
    scripts = with_program(Scripts(tmp_path, {"cmake": STAND_IN + BUILD}))
    shown = shown_on_terminal(scripts)
    assert "building build/release, which takes about" in shown
    assert re.search(r"\r\x1b\[Kvenomous: 1 of 2 steps, about 0:0\d min left", shown)
    assert re.search(r"\r\x1b\[Kvenomous: 2 of 2 steps.*\r\x1b\[K", shown)
    assert "Building CXX" not in shown


def test_a_later_build_is_not_announced_as_a_long_one(tmp_path: Path) -> None:
    scripts = with_program(Scripts(tmp_path))
    (tmp_path / "build/release/.ninja_log").touch()
    assert "which takes" not in scripts.run("run", "hello").errors


def test_all_that_a_failed_build_says_is_shown(tmp_path: Path) -> None:
    text = "\n".join(["FAILED: hello.cpp.o", "hello.cpp:1:1: error: no", "  1 | x"])
    failing = f"{STAND_IN}{BUILD}cat <<'END'\n{text}\nEND\nprintf stopped; exit 1\n"
    run = Scripts(tmp_path, {"cmake": failing}).run("run", "hello")
    assert run.status == 1
    note = "hello.cpp:1:1: note: [2/2] is no step"
    assert run.errors.endswith(f"{note}\n{text}\nstopped\n")


# -- obstacles -----------------------------------------------------------------


def test_without_a_password_an_administrator_is_asked(open_path: Path) -> None:
    programs = {
        "dpkg-query": "#!/bin/sh\n",
        "apt-get": STAND_IN,
        "sudo": "#!/bin/sh\necho 'a password is required' >&2; exit 1\n",
    }
    run = Scripts(open_path, programs).run("run", "hello", user=OTHER_USER)
    assert run.status == 1
    assert "have an administrator run" in run.errors
    assert re.search(r"apt-get install --no-install-recommends .*\bcmake\b", run.last_line)
    assert not run.commands


def test_the_build_folder_of_another_user_is_named(open_path: Path) -> None:
    scripts = Scripts(open_path)
    (open_path / "build/release").mkdir(parents=True)
    (open_path / "build/release").chmod(0o555)
    run = scripts.run("run", "hello", user=OTHER_USER)
    assert run.status == 1
    assert f"{open_path}/build/release belongs to" in run.errors
    assert not any(x.startswith("cmake") for x in run.commands)


# -- another CAF ---------------------------------------------------------------


def test_another_caf_has_a_build_folder_of_its_own(tmp_path: Path) -> None:
    scripts = with_program(Scripts(tmp_path), "build/caf-release")
    prefix = tmp_path / "caf"
    (prefix / "lib/cmake/CAF").mkdir(parents=True)
    (prefix / "lib/cmake/CAF/CAFConfig.cmake").touch()
    run = scripts.run("run", f"--caf={prefix}", "hello")
    assert (run.status, run.output) == (0, "hello \n")
    assert f"cmake --preset release -D CAF_ROOT:PATH={prefix}" in run.commands
    assert "libcaf-dev" not in scripts.installed()


def test_a_prefix_without_caf_is_named(tmp_path: Path) -> None:
    run = Scripts(tmp_path).run("run", f"--caf={tmp_path}/nowhere")
    assert run.status == 1
    assert f"there is no CAF 1.x in {tmp_path}/nowhere" in run.last_line
    assert not run.commands
