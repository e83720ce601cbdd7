"""Fails if a file includes what its room may not use.

A room is a folder, and may include itself and the rooms named here. Nothing at
Python's end of the wire may include a header of CAF, not even indirectly.
"""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PUBLIC = "include/venomous"
BRIDGE = "python_bridge"
OS, WIRE, MEMORY = f"{BRIDGE}/os", f"{BRIDGE}/wire", f"{BRIDGE}/memory"
VALUES, HOST, MODULE = f"{BRIDGE}/values", f"{BRIDGE}/host", f"{BRIDGE}/module"
SHARED = {PUBLIC, OS, WIRE, MEMORY}
INSIDE_PYTHON = SHARED | {f"{MODULE}/process"}
ACTORS = {PUBLIC, "base", OS, WIRE, MEMORY, HOST, "actors/base"}
ROOMS = {
    PUBLIC: set[str](),
    "base": {PUBLIC},
    OS: {PUBLIC},
    WIRE: {PUBLIC, OS},
    MEMORY: {PUBLIC, OS, WIRE},
    VALUES: SHARED,
    HOST: SHARED,
    f"{MODULE}/process": SHARED,
    f"{MODULE}/channel": INSIDE_PYTHON,
    f"{MODULE}/codec": INSIDE_PYTHON | {f"{MODULE}/channel"},
    f"{MODULE}/server": INSIDE_PYTHON | {f"{MODULE}/channel", f"{MODULE}/codec"},
    "config": {PUBLIC},
    "actors/base": SHARED | {HOST},
    "actors/worker": ACTORS,
    "actors/supervisor": ACTORS | {"actors/worker"},
    "actors/mapper": ACTORS,
    "actors/manager": ACTORS | {"actors/supervisor", "actors/mapper"},
    "actors/api": ACTORS | {"actors/manager"},
}


def room_of(path: str) -> str:
    """Returns the innermost room that `path` lies in, or nothing."""
    return max((x for x in ROOMS if path.startswith(f"{x}/")), key=len, default="")


def forbidden(file: Path) -> list[str]:
    """Returns a line for each include of `file` that its room may not have."""
    name = str(file.relative_to(ROOT))
    room = room_of(name)
    result = []
    for included in re.findall(r'^#include "([^"]+)"', file.read_text(), re.M):
        path = f"include/{included}" if included.startswith("venomous/") else included
        if not (ROOT / path).is_file():
            result.append(f"{name}: {included} is not the path from the root")
        elif room_of(path) not in {room, *ROOMS[room]}:
            result.append(f"{name}: {room} may not include {included}")
    return result


def includes(file: Path) -> list[tuple[str, Path]]:
    """Returns the includes of `file`, each with the file it names in this project."""
    return [
        (found, ROOT / ("include" if found.startswith("venomous/") else "") / found)
        for found in re.findall(r'^ *# *include ["<]([^">]+)[">]', file.read_text(), re.M)
    ]


def paths_to_caf(file: Path) -> list[str]:
    """Returns a line for each header of CAF that `file` reaches."""
    result = []
    trails = {file: str(file.relative_to(ROOT))}
    waiting = [file]
    while waiting:
        by = waiting.pop()
        for name, included in includes(by):
            if name.startswith("caf/"):
                result.append(f"{trails[by]} -> {name}: Python's end may not include CAF")
            elif included.is_file() and included not in trails:
                trails[included] = f"{trails[by]} -> {name}"
                waiting.append(included)
    return result


def main() -> int:
    files = [
        file
        for folder in ("include", "base", "config", "actors", BRIDGE)
        for file in sorted((ROOT / folder).rglob("*.[ch]pp"))
    ]
    faults = [f"{x}: is in no room" for x in files if not room_of(str(x.relative_to(ROOT)))]
    if not faults:
        faults = [line for file in files for line in forbidden(file)]
        inside = (OS, WIRE, MEMORY, MODULE)
        faults += [
            line
            for file in files
            if str(file.relative_to(ROOT)).startswith(tuple(f"{x}/" for x in inside))
            for line in paths_to_caf(file)
        ]
    print("\n".join(faults) or f"{len(files)} files include only what they may")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
