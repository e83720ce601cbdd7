"""Compares what examples/census prints with what plain Python finds.

The first argument is the census, the second one names a check below.
"""

import ast
import json
import os
import pty
import subprocess
import sys
import sysconfig
import tempfile
import time
import warnings
from pathlib import Path
from typing import Any

# Not by PYTHONPATH, which the snakes would inherit: they have to find it by
# themselves.
sys.path.append(str(Path(__file__).parents[1] / "examples" / "census"))
import census  # noqa: E402

warnings.simplefilter("ignore")


def run(*args: str, status: int = 0) -> "subprocess.CompletedProcess[str]":
    """Run the census, which has to end with `status`."""
    # Python 3.11 itself hides warnings that later versions show.
    loud = "default::DeprecationWarning,default::SyntaxWarning"
    done = subprocess.run(
        [sys.argv[1], *args],
        capture_output=True,
        env={**os.environ, "PYTHONWARNINGS": loud},
        text=True,
        timeout=240,
    )
    assert done.returncode == status, (done.returncode, done.stdout, done.stderr)
    # It is no terminal, so there must be no control characters.
    assert "\r" not in done.stderr, done.stderr
    assert "Warning" not in done.stderr, done.stderr
    return done


def result_of(*args: str) -> dict[str, Any]:
    """Run the census and return what it found."""
    result = json.loads(run("--json", *args).stdout)
    assert isinstance(result, dict)
    return result


def without_times(result: dict[str, Any]) -> dict[str, Any]:
    """Return what must be the same in every run."""
    differs = ("seconds", "files_per_second", "snakes")
    return {key: x for key, x in result.items() if key not in differs}


# -- standard library ----------------------------------------------------------


def plain_files(folder: str) -> list[str]:
    """Find the files of the census in a way of our own."""
    found = []
    for place, folders, files in os.walk(folder):
        folders[:] = {*folders} - {"site-packages", "dist-packages"}
        paths = (os.path.join(place, name) for name in files if name.endswith(".py"))
        found += [path for path in paths if not os.path.islink(path)]
    return found


def plain_census(folder: str) -> dict[str, Any]:
    """Count in one process, and without what the census runs in Python.

    That counts only for the complexity of functions.
    """
    lines = functions = classes = 0
    unparsed = []
    most_complex: list[dict[str, Any]] = []
    files = plain_files(folder)
    for path in files:
        name = os.path.relpath(path, folder)
        with open(path, "rb") as file:
            lines += sum(1 for _ in file)
        try:
            nodes = list(ast.walk(ast.parse(Path(path).read_bytes())))
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            unparsed.append(name)
            continue
        functions += sum(
            isinstance(x, (ast.FunctionDef, ast.AsyncFunctionDef)) for x in nodes
        )
        classes += sum(isinstance(x, ast.ClassDef) for x in nodes)
        report = census.count(os.fsencode(path))
        most_complex += [{**x, "file": name} for x in report["most_complex"]]
    most_complex.sort(key=lambda x: (-x["complexity"], x["file"], x["line"]))
    return {
        "folder": os.path.realpath(folder),
        "files": len(files),
        "lines": lines,
        "functions": functions,
        "classes": classes,
        "most_complex": most_complex[:10],
        "unparsed": sorted(unparsed),
    }


def standard_library() -> None:
    """The census of the standard library is right, with any number of snakes."""
    start = time.monotonic()
    expected = plain_census(sysconfig.get_paths()["stdlib"])
    print(f"plain Python took {time.monotonic() - start:.1f} s")
    assert expected["files"] > 500, expected
    for snakes in "1", "2":
        result = result_of("--snakes", snakes)
        print(f"{snakes} snakes took {result['seconds']:.1f} s")
        found = without_times(result)
        found["unparsed"] = [x["file"] for x in found["unparsed"]]
        assert found == expected, (found, expected)


# -- small folder --------------------------------------------------------------

NESTED = b'''\
class Outer:
    class Inner:
        def method(self, xs):
            return [x for x in xs if x and x > 0 or x == -1]

    def method(self):
        def local(y):
            return 1 if y else 2
        return local

async def poll(stream):
    async for item in stream:
        try:
            while item:
                item = item.next
        except (KeyError, ValueError):
            pass
        except OSError:
            pass
    return lambda x: x or None
'''

MATCH = b'''\
def kind(value):
    match value:
        case [x, *_] if x:
            return 1
        case {"k": v}:
            return v
        case _:
            return None'''


def make_files(folder: Path, outside: Path) -> None:
    """Make files of all kinds, and what is not to be counted."""
    (folder / "broken.py").write_bytes(b"x = 1\ndef f(:\n")
    (folder / "empty.py").write_bytes(b"")
    (folder / "latin.py").write_bytes(
        b"# coding: latin-1\ndef \xe9t\xe9():\n    return '\xff'\n"
    )
    (folder / "match.py").write_bytes(MATCH)
    (folder / "null.py").write_bytes(b"x = 1\0\n")
    (folder / "sub" / "deep").mkdir(parents=True)
    (folder / "sub" / "deep" / "nested.py").write_bytes(NESTED)
    (folder / "sub" / "long.py").write_bytes(b"x = " + b"1 + " * 20_000 + b"1\n")
    (folder / "undecodable.py").write_bytes(b"x = '\xff'\n")
    (folder / "warns.py").write_bytes(b"x = '\\d' is 1\n")
    (folder / "no text \udcff.py").write_bytes(b"\n\n")
    (folder / "other.txt").write_bytes(b"class C: pass\n")
    (folder / "folder.py").mkdir()
    (outside / "outside.py").write_bytes(b"class C: pass\n")
    (folder / "link.py").symlink_to(outside / "outside.py")
    (folder / "link").symlink_to(outside)


def small_folder() -> None:
    """Files of all kinds are counted as counting by hand says."""
    with tempfile.TemporaryDirectory() as name, tempfile.TemporaryDirectory() as other:
        folder = Path(name).resolve()
        make_files(folder, Path(other))
        found = without_times(result_of("--folder", name, "--snakes", "2"))
        assert found == without_times(result_of("--folder", name, "--snakes", "1"))
        table = run("--folder", name).stdout
    match = sys.version_info >= (3, 10)
    unparsed = {x["file"]: x["why"] for x in found.pop("unparsed")}
    most_complex = [
        (x["complexity"], x["name"], x["file"], x["line"])
        for x in found.pop("most_complex")
    ]
    assert found == {
        "folder": str(folder),
        "files": 10,
        "lines": 2 + 0 + 3 + 8 + 1 + 20 + 1 + 1 + 1 + 2,
        "functions": 5 + match,
        "classes": 2,
    }, found
    assert most_complex == [
        (6, "poll", "sub/deep/nested.py", 11),
        (5, "Outer.Inner.method", "sub/deep/nested.py", 3),
        *([(4, "kind", "match.py", 1)] if match else []),
        (2, "Outer.method.local", "sub/deep/nested.py", 7),
        (1, "été", "latin.py", 2),
        (1, "Outer.method", "sub/deep/nested.py", 6),
    ], most_complex
    broken = {"broken.py", "null.py", "sub/long.py", "undecodable.py"}
    assert unparsed.keys() == broken | (set() if match else {"match.py"}), unparsed
    assert unparsed["broken.py"].endswith("(line 2)"), unparsed
    assert "null bytes" in unparsed["null.py"], unparsed
    assert unparsed["sub/long.py"].startswith("RecursionError: "), unparsed
    assert "utf-8" in unparsed["undecodable.py"], unparsed
    for line in f"broken.py: {unparsed['broken.py']}", "6  poll  sub/deep/nested.py:11":
        assert f"  {line}\n" in table, table


# -- terminal ------------------------------------------------------------------


def terminal() -> None:
    """On a terminal there is a bar with rate and time left, which goes away."""
    ours, theirs = pty.openpty()
    with tempfile.TemporaryDirectory() as name:
        (Path(name) / "empty.py").touch()
        # What is written is little enough to be read afterwards.
        subprocess.run(
            [sys.argv[1], "--folder", name],
            stdout=subprocess.DEVNULL,
            stderr=theirs,
            check=True,
            timeout=60,
        )
    shown = os.read(ours, 10_000).decode()
    assert "] 1/1 files, " in shown and " files/s, 0 s left" in shown, shown
    assert shown.endswith("\r\x1b[K"), shown


# -- failures ------------------------------------------------------------------


def failures() -> None:
    """What goes wrong is told, by the status too."""
    with tempfile.TemporaryDirectory() as empty:
        assert result_of("--folder", empty)["files"] == 0
    done = run("--help")
    assert "--snakes" in done.stdout and "max-children" in done.stdout, done
    for args in (
        ["--folder", "/nowhere"],
        ["--snakes", "0"],
        ["--snakes", "many"],
        ["--snaks", "1"],
        ["--venomous.snake-supervisor.max-childs=1"],
    ):
        done = run(*args, status=2)
        assert args[-1].strip("-").split("=")[0] in done.stderr, done
        assert not done.stdout, done
    python = "--venomous.snake-supervisor.python-executable=/nowhere/python3"
    done = run(python, status=1)
    assert "start_failed: cannot start /nowhere/python3" in done.stderr, done
    # The options of the library reach the pool, and the first file that cannot be
    # counted ends it all.
    with tempfile.TemporaryDirectory() as name:
        for size in 1, 1_000_000:
            (Path(name) / f"{size}.py").write_bytes(b"x = [1, 2]\n" * size)
        timeout = "--venomous.snake-manager.python-timeout-ms=100"
        grace = "--venomous.snake-supervisor.grace-ms=0"
        done = run("--folder", name, timeout, grace, status=1)
    assert "census: 1000000.py: timeout: census.count ran for" in done.stderr, done
    assert not done.stdout, done


if __name__ == "__main__":
    {
        "standard_library": standard_library,
        "small_folder": small_folder,
        "terminal": terminal,
        "failures": failures,
    }[sys.argv[2]]()
