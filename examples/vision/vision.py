"""Finds the objects in a picture: what stands out from its background in one piece."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass
class Settings:
    """What counts as an object."""

    # How far its color is from that of the background, from 0 to 441.
    contrast: float
    # In pixels.
    min_area: int


@dataclass
class Box:
    """Columns and rows of a picture, with the first and the last ones."""

    left: int
    top: int
    right: int
    bottom: int


@dataclass
class Found:
    """An object of a picture."""

    label: int
    area: int
    box: Box
    # Red, green and blue, from 0 to 255.
    color: tuple[float, float, float]


def find(
    picture: NDArray[np.uint8], labels: NDArray[np.int32], settings: Settings
) -> list[Found]:
    """Find the objects, the largest one first, and write the label of each to `labels`.

    That is 1 for the first one, and 0 where no object is.
    """
    background = np.median(frame_of(picture), axis=0)
    distance = np.linalg.norm(picture - background, axis=2)
    mask = distance > settings.contrast
    roots = components(mask)
    parts, areas = np.unique(roots, return_counts=True)
    order = np.argsort(-areas, kind="stable")
    large = parts[order][areas[order] >= settings.min_area]

    label_of = np.zeros(roots.size, np.int32)
    label_of[large] = np.arange(1, large.size + 1)
    labels[...] = 0
    labels[mask] = label_of[roots]
    return [describe(picture, labels, label) for label in range(1, large.size + 1)]


def frame_of(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the pixels at the edges of a picture."""
    edges = picture[0], picture[-1], picture[:, 0], picture[:, -1]
    return np.concatenate(edges)


def components(mask: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Give pixels of `mask` that hang together by their sides the same number.

    Returns it for each pixel that is set, in their order: the place of the first one
    of its part among them.
    """
    numbers = mask.cumsum().reshape(mask.shape) - 1
    across = mask[:, :-1] & mask[:, 1:]
    down = mask[:-1] & mask[1:]
    first = np.concatenate((numbers[:, :-1][across], numbers[:-1][down]))
    second = np.concatenate((numbers[:, 1:][across], numbers[1:][down]))
    roots = np.arange(np.count_nonzero(mask))
    # Neighbors that have different roots join them, until none have.
    while first.size:
        low = np.minimum(roots[first], roots[second])
        high = np.maximum(roots[first], roots[second])
        roots[high] = low
        while not np.array_equal(roots, roots[roots]):
            roots = roots[roots]
        apart = roots[first] != roots[second]
        first, second = first[apart], second[apart]
    return roots


def describe(
    picture: NDArray[np.uint8], labels: NDArray[np.int32], label: int
) -> Found:
    """Measure an object."""
    rows, columns = np.nonzero(labels == label)
    red, green, blue = picture[rows, columns].mean(axis=0).tolist()
    return Found(
        label=label,
        area=rows.size,
        box=Box(
            left=int(columns.min()),
            top=int(rows.min()),
            right=int(columns.max()),
            bottom=int(rows.max()),
        ),
        color=(red, green, blue),
    )
