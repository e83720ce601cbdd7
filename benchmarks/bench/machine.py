"""The machine on which the figures were measured."""

import os
import platform
import re
import subprocess
from importlib import metadata
from pathlib import Path

from bench.peers import ALL
from bench.rounds import MEASURE


def describe() -> dict[str, str]:
    """Returns everything of interest, and nothing that identifies the machine."""
    native = subprocess.run(
        [str(MEASURE), "--version"], capture_output=True, text=True, check=True
    )
    load = " ".join(f"{x:.1f}" for x in os.getloadavg())
    return {
        "CPU": _cpu(),
        "cores": str(len(os.sched_getaffinity(0))),
        "memory": _memory(),
        "kernel": platform.release().partition("-")[0],
        "Python": platform.python_version(),
        "built with": native.stdout.strip(),
        "peers": _peers(),
        "load at the start": f"{load} (averages of 1, 5 and 15 minutes)",
    }


def _cpu() -> str:
    found = re.search(
        r"^model name\s*: (.*)$", Path("/proc/cpuinfo").read_text(), re.M
    )
    return found[1] if found else platform.machine()


def _memory() -> str:
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return f"{pages / 2**30:.0f} GB"


def _peers() -> str:
    """Returns those that are not part of Python, with their versions."""
    found = []
    for name in ALL:
        try:
            found.append(f"{name} {metadata.version(name)}")
        except metadata.PackageNotFoundError:
            pass
    return ", ".join(found)
