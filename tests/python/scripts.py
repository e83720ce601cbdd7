"""Runs the scripts of the project on stand-ins for the programs that they start."""

import os
import shutil
import subprocess
from pathlib import Path
from typing import List, Mapping, NamedTuple, Optional

ROOT = Path(__file__).parents[2]

COPIED = (
    "run",
    "test",
    "cmake/prepare.sh",
    "examples/hello.cpp",
    "examples/census/census.cpp",
    "examples/census/summary.cpp",
)

STAND_IN = """#!/bin/sh
echo "$(basename "$0") $*" >>"$LOG"
case "$(basename "$0") $*" in $FAILING) exit 1 ;; esac
"""

INSTALLED = STAND_IN + "echo installed\n"

# No package is missing, so none is installed.
PROGRAMS = {"cmake": STAND_IN, "ctest": STAND_IN, "dpkg-query": INSTALLED}


class Run(NamedTuple):
    status: int
    commands: List[str]
    output: str
    errors: str

    @property
    def last_line(self) -> str:
        return self.errors.splitlines()[-1]


class Scripts:
    """A copy of the scripts in a folder of its own."""

    def __init__(self, folder: Path, programs: Mapping[str, str] = {}) -> None:
        self.folder = folder
        self._log = folder / "log"
        self._bin = folder / "bin"
        for name in COPIED:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
        self._bin.mkdir()
        self._log.touch()
        self._log.chmod(0o666)
        for name, text in {**PROGRAMS, **programs}.items():
            (self._bin / name).write_text(text)
            (self._bin / name).chmod(0o755)

    def start(
        self,
        *command: str,
        failing: str = "nothing",
        stderr: int = subprocess.PIPE,
        user: Optional[int] = None,
    ) -> "subprocess.Popen[str]":
        """Starts a script where each command that matches `failing` fails."""
        return subprocess.Popen(
            [str(self.folder / command[0]), *command[1:]],
            env={
                "PATH": f"{self._bin}:/usr/bin:/bin",
                "LOG": str(self._log),
                "FAILING": failing,
            },
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=stderr,
            start_new_session=True,
            text=True,
            user=user,
        )

    def run(
        self, *command: str, failing: str = "nothing", user: Optional[int] = None
    ) -> Run:
        """Runs a script to its end."""
        process = self.start(*command, failing=failing, user=user)
        output, errors = process.communicate(timeout=60)
        return Run(process.returncode, self.commands(), output, errors)

    def commands(self) -> List[str]:
        """The commands that have been run so far."""
        return self._log.read_text().splitlines()

    def installed(self) -> List[str]:
        """The packages that a script has looked for."""
        return [x.split()[-1] for x in self.commands() if x.startswith("dpkg-query")]
