"""Compares what examples/census prints with what plain Python finds.

The first argument is the census, the second one names a check below.
"""

import ast
import json
import os
import pty
import re
import subprocess
import sys
import sysconfig
import tempfile
import time
import warnings
from contextlib import suppress
from itertools import pairwise
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


def check_progress(shown: str, files: int) -> None:
    """Check the lines that tell how far the census is: more each time, then all."""
    found = re.findall(r"^census: (\d+) %, (\d+) of (\d+) files$", shown, re.M)
    lines = [(int(percent), int(done), int(of)) for percent, done, of in found]
    assert len(lines) == len(shown.splitlines()) <= 10, shown
    assert all(x[0] < y[0] and x[1] < y[1] for x, y in pairwise(lines)), shown
    for percent, done, of in lines:
        assert of == files and percent == 10 * (10 * done // of), shown
    assert not files or lines[-1] == (100, files, files), shown


def result_of(*args: str) -> dict[str, Any]:
    """Run the census and return what it found."""
    done = run("--json", *args)
    result = json.loads(done.stdout)
    assert isinstance(result, dict)
    check_progress(done.stderr, result["files"])
    return result


def findings(snakes: int, *args: str) -> dict[str, Any]:
    """Run the census with so many snakes and return what is the same in every run."""
    result = result_of("--snakes", str(snakes), *args)
    assert result.pop("snakes") == snakes, result
    seconds, rate = result.pop("seconds"), result.pop("files_per_second")
    assert abs(rate * seconds - result["files"]) < 0.01, (rate, seconds, result)
    print(f"{snakes} snakes took {seconds:.1f} s")
    return result


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
    for snakes in 1, 2:
        found = findings(snakes)
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
        found = findings(2, "--folder", name)
        assert found == findings(1, "--folder", name)
        table = run("--folder", name).stdout
    unparsed = {x["file"]: x["why"] for x in found.pop("unparsed")}
    most_complex = [
        (x["complexity"], x["name"], x["file"], x["line"])
        for x in found.pop("most_complex")
    ]
    assert found == {
        "folder": str(folder),
        "files": 10,
        "lines": 2 + 0 + 3 + 8 + 1 + 20 + 1 + 1 + 1 + 2,
        "functions": 6,
        "classes": 2,
    }, found
    assert most_complex == [
        (6, "poll", "sub/deep/nested.py", 11),
        (5, "Outer.Inner.method", "sub/deep/nested.py", 3),
        (4, "kind", "match.py", 1),
        (2, "Outer.method.local", "sub/deep/nested.py", 7),
        (1, "été", "latin.py", 2),
        (1, "Outer.method", "sub/deep/nested.py", 6),
    ], most_complex
    broken = {"broken.py", "null.py", "sub/long.py", "undecodable.py"}
    assert unparsed.keys() == broken, unparsed
    assert unparsed["broken.py"].endswith("(line 2)"), unparsed
    assert "null bytes" in unparsed["null.py"], unparsed
    assert unparsed["sub/long.py"].startswith("RecursionError: "), unparsed
    assert "utf-8" in unparsed["undecodable.py"], unparsed
    for line in f"broken.py: {unparsed['broken.py']}", "6  poll  sub/deep/nested.py:11":
        assert f"  {line}\n" in table, table


# -- terminal ------------------------------------------------------------------


def shown_on_terminal(*args: str) -> str:
    """Run the census on a terminal and return what it shows there."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.argv[1], *args], stdout=subprocess.DEVNULL, stderr=theirs
    )
    os.close(theirs)
    shown = b""
    # A terminal that nobody writes to any more is an error, not an end of file.
    with suppress(OSError):
        while piece := os.read(ours, 10_000):
            shown += piece
    os.close(ours)
    assert process.wait(timeout=60) == 0, (process, shown)
    return shown.decode()


def terminal() -> None:
    """On a terminal there is a bar with rate and time left, which goes away."""
    with tempfile.TemporaryDirectory() as name:
        # Enough of them to take longer than the bar waits between two drawings.
        for number in range(100):
            (Path(name) / f"{number}.py").write_bytes(b"x = [1, 2]\n" * 1_000)
        shown = shown_on_terminal("--folder", name, "--snakes", "1")
    erase, *bars, rest = shown.split("\r\x1b[K")
    assert erase == rest == "", shown
    amounts = []
    for bar in bars:
        drawn = re.fullmatch(
            r"\[(#*)(\.*)\] (\d+)/100 files(?:, (\d+) files/s, (\d+) s left)?", bar
        )
        assert drawn, shown
        done = int(drawn[3])
        assert (len(drawn[1]), len(drawn[2])) == (30 * done // 100, 30 - 30 * done // 100)
        # There is no rate before anything is done.
        assert bool(drawn[4]) == (done > 0), shown
        assert done == 0 or (int(drawn[5]) > 0) == (done < 100), shown
        amounts.append(done)
    assert amounts == sorted(amounts) and amounts[-1] == 100, shown
    assert any(0 < done < 100 for done in amounts), shown


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


# -- script --------------------------------------------------------------------


def options_of(text: str) -> dict[str, str]:
    """Read the options in a help text, and the words that follow each of them."""
    _, *found = re.split(r"^ +(?:-\w,)?(--[a-z]+)", text, flags=re.M)
    return {k: " ".join(v.split()) for k, v in zip(found[::2], found[1::2])}


def script() -> None:
    """./run --help describes the options of the census as the census does."""
    done = subprocess.run(
        [Path(__file__).parents[1] / "run", "--help"],
        capture_output=True,
        check=True,
        text=True,
        timeout=10,
    )
    told = re.split(r"\n\n", done.stdout.split("Options of the census:\n")[1])[0]
    program = options_of(run("--help").stdout.split("Takes a census")[1])
    assert program.pop("--help"), program
    options = options_of(told)
    assert options.keys() == program.keys() != set(), (options, program)
    for name, words in options.items():
        # What the value may be is told by the census only.
        shape = re.fullmatch(r"([A-Z]*) ?(.+)", words)
        assert shape, told
        kind, text = shape.groups()
        assert program[name].startswith(kind), (name, program)
        assert program[name].endswith(text), (name, program)


if __name__ == "__main__":
    {
        "standard_library": standard_library,
        "small_folder": small_folder,
        "terminal": terminal,
        "failures": failures,
        "script": script,
    }[sys.argv[2]]()
