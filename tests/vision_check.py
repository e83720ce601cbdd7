"""Checks what examples/vision finds in pictures that are drawn here.

The first argument is the program, the second one names a check below.
"""

import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

import numpy

Picture = Any


class Found(NamedTuple):
    """An object of a picture."""

    area: int
    left: int
    right: int
    top: int
    bottom: int
    color: tuple[int, int, int]


def run(*args: object, status: int = 0) -> "subprocess.CompletedProcess[str]":
    """Run the program, which has to end with `status`."""
    done = subprocess.run(
        [sys.argv[1], *map(str, args)], capture_output=True, text=True, timeout=50
    )
    assert done.returncode == status, (done.returncode, done.stdout, done.stderr)
    return done


def objects_of(printed: str) -> dict[str, list[Found]]:
    """Read what the program prints, which has to be that and nothing else."""
    result: dict[str, list[Found]] = {}
    counts = {}
    for line in printed.splitlines():
        if head := re.fullmatch(r"(\S+): (\d+) objects", line):
            name = head[1]
            counts[name] = int(head[2])
            result[name] = []
            continue
        each = re.fullmatch(
            r"  (\d+): (\d+) pixels, columns (\d+) to (\d+), rows (\d+) to (\d+), "
            r"color (\d+) (\d+) (\d+)",
            line,
        )
        assert each, printed
        label, area, left, right, top, bottom, *color = map(int, each.groups())
        red, green, blue = color
        result[name].append(Found(area, left, right, top, bottom, (red, green, blue)))
        assert label == len(result[name]), printed
    assert counts == {name: len(found) for name, found in result.items()}, printed
    return result


# -- pictures ------------------------------------------------------------------


def blank(height: int, width: int, color: tuple[int, int, int]) -> Picture:
    """Make a picture of one color."""
    return numpy.full((height, width, 3), color, numpy.uint8)


def write(path: Path, picture: Picture, comment: str = "") -> Path:
    """Write a PPM file."""
    height, width, _ = picture.shape
    header = f"P6\n{comment}{width} {height}\n255\n".encode()
    path.write_bytes(header + picture.tobytes())
    return path


def read(path: Path) -> Picture:
    """Read a PPM file that the program has written."""
    magic, size, maximum, rest = path.read_bytes().split(b"\n", 3)
    assert (magic, maximum) == (b"P6", b"255"), path
    width, height = map(int, size.split())
    return numpy.frombuffer(rest, numpy.uint8).reshape(height, width, 3)


def shown(picture: Picture, mask: Any, objects: list[Found]) -> Picture:
    """Make what the program should write of a picture with objects where `mask` is."""
    result = numpy.where(mask[..., None], picture, picture // 2)
    for x in objects:
        result[[x.top, x.bottom], x.left : x.right + 1] = 255
        result[x.top : x.bottom + 1, [x.left, x.right]] = 255
    return result


def shapes() -> tuple[Picture, Any, list[Found]]:
    """Draw objects of odd shapes, next to each other, and specks that are none."""
    picture = blank(200, 130, (20, 30, 40))
    mask = numpy.zeros((200, 130), bool)
    # A ring, and a box within that does not touch it.
    picture[10:60, 10:60], picture[20:50, 20:50] = (250, 0, 0), (20, 30, 40)
    picture[30:40, 31:41] = (0, 250, 0)
    # Touches it at a corner only.
    picture[60:70, 60:70] = (0, 0, 250)
    # A comb, whose parts meet in one row at the bottom; in two colors.
    picture[10:40, 70:120:4] = (200, 200, 0)
    picture[40, 70:120] = (0, 100, 200)
    mask[(picture != (20, 30, 40)).any(axis=2)] = True
    # Too small, and too pale.
    picture[80, 10:39] = (255, 255, 255)
    picture[50:80, 80:120] = (30, 45, 60)
    comb = round((390 * 200) / 440), round((390 * 200 + 5000) / 440), round(10000 / 440)
    return (
        picture,
        mask,
        [
            Found(1600, 10, 59, 10, 59, (250, 0, 0)),
            Found(440, 70, 119, 10, 40, comb),
            Found(100, 31, 40, 30, 39, (0, 250, 0)),
            Found(100, 60, 69, 60, 69, (0, 0, 250)),
        ],
    )


def long_spiral() -> Picture:
    """Draw a line that is long from end to end, as large as two screens."""
    result = blank(1080, 3840, (255, 255, 255))
    for i in range(20, 520, 40):
        result[i, i : 3840 - i] = 0
        result[i : 1080 - i, 3839 - i] = 0
        result[1079 - i, i + 40 : 3840 - i] = 0
        result[i + 40 : 1080 - i, i + 40] = 0
    return result


# -- checks --------------------------------------------------------------------


def pictures() -> None:
    """Objects have the place, area and color that they were drawn with."""
    picture, mask, expected = shapes()
    spiral = long_spiral()
    dark = spiral[..., 0] == 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = [
            write(folder / "shapes.ppm", picture, "# drawn by\n# a test\n"),
            write(folder / "spiral.ppm", spiral),
            write(folder / "empty.ppm", blank(128, 128, (1, 2, 3))),
        ]
        found = objects_of(run("--out", name, *files).stdout)
        assert found["empty.ppm"] == [], found
        assert sorted(found["shapes.ppm"]) == sorted(expected), found
        areas = [x.area for x in found["shapes.ppm"]]
        assert areas == [1600, 440, 100, 100], found
        one = Found(int(dark.sum()), 20, 3819, 20, 1059, (0, 0, 0))
        assert found["spiral.ppm"] == [one], found
        all_of_them: list[tuple[str, Picture, Any, list[Found]]] = [
            ("shapes", picture, mask, expected),
            ("spiral", spiral, dark, [one]),
            ("empty", blank(128, 128, (1, 2, 3)), numpy.zeros((128, 128), bool), []),
        ]
        for file, before, marked, objects in all_of_them:
            after = read(folder / f"{file}.found.ppm")
            assert (after == shown(before, marked, objects)).all(), file
        # What counts as an object can be chosen.
        options = "--contrast", 20, "--min-area", 20, "--out", name
        found = objects_of(run(*options, files[0]).stdout)
        areas = [x.area for x in found["shapes.ppm"]]
        assert areas == [1600, 1200, 440, 100, 100, 29], found


def sample() -> None:
    """Without pictures the program draws one, with all its shapes in it."""
    with tempfile.TemporaryDirectory() as name:
        found = objects_of(run("--out", name).stdout)["sample.ppm"]
        after = read(Path(name) / "sample.found.ppm")
    assert [x.color for x in found] == [
        (200, 40, 40),
        (40, 90, 200),
        (240, 200, 50),
        (60, 160, 70),
        (150, 60, 170),
    ], found
    assert after.shape == (480, 640, 3)
    boxes = [(x.left, x.right, x.top, x.bottom) for x in found]
    assert boxes == [
        (90, 230, 50, 190),
        (370, 490, 50, 170),
        (250, 350, 290, 390),
        (75, 145, 325, 395),
        (520, 560, 310, 350),
    ], found
    for x in found:
        middle = after[(x.top + x.bottom) // 2, (x.left + x.right) // 2]
        assert tuple(middle) == x.color, (x, middle)
        assert (after[x.top, x.left] == 255).all(), x


def failures() -> None:
    """What is no picture, or does not fit, is told, by the status too."""
    with tempfile.TemporaryDirectory() as name:
        file = Path(name) / "broken.ppm"
        for content, why in (
            (b"", "expected a PPM file"),
            (b"P5\n1 1\n255\n\0", "expected a PPM file"),
            (b"P6\n0 1\n255\n", "expected a PPM file"),
            (b"P6\n-1 1\n255\n", "expected a PPM file"),
            (b"P6\n2 2\n255\n12345678901", "expected 12 bytes of pixels, got 11"),
            (b"P6\n20000 20000\n255\n", "arena_full"),
            (b"P6\n99999999999 99999999999\n255\n", "bad_options"),
        ):
            file.write_bytes(content)
            done = run(file, status=1)
            assert done.stderr.startswith("vision: ") and why in done.stderr, done
            assert not done.stdout, done
        write(file, blank(600, 600, (0, 0, 0)))
        small = "--venomous.snake-supervisor.arena-mb=1"
        done = run(file, small, status=1)
        assert "arena_full" in done.stderr, done
        timeout = "--venomous.snake-manager.python-timeout-ms=1"
        grace = "--venomous.snake-supervisor.grace-ms=0"
        done = run(file, "--out", name, timeout, grace, status=1)
        assert "vision: broken.ppm: timeout: vision.find" in done.stderr, done
        assert not (Path(name) / "broken.found.ppm").exists()
    run("/nowhere.ppm", status=2)
    assert "--contrast" in run("--help").stdout


if __name__ == "__main__":
    {"pictures": pictures, "sample": sample, "failures": failures}[sys.argv[2]]()
