"""Reads digits of a dot matrix: a model that is trained when this is imported."""

import os
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

# Seven rows for each digit, five dots wide.
FONT = """
01110 00100 01110 11111 00010 11111 00110 11111 01110 01110
10001 01100 10001 00010 00110 10000 01000 00001 10001 10001
10011 00100 00001 00100 01010 11110 10000 00010 10001 10001
10101 00100 00010 00010 10010 00001 11110 00100 01110 01111
11001 00100 00100 00001 11111 00001 10001 01000 10001 00001
10001 00100 01000 10001 00010 10001 10001 01000 10001 00010
01110 01110 11111 01110 00010 01110 01110 01000 01110 01100
"""
# digits x rows x columns
DIGITS = np.array(
    [[[*map(int, dots)] for dots in line.split()] for line in FONT.splitlines()[1:]],
    np.float32,
).swapaxes(0, 1)

SIZE = 8
NOISE = 0.3


@dataclass
class Samples:
    """Pictures of digits, and which digits they are."""

    pictures: NDArray[np.float32]
    digits: NDArray[np.int64]


@dataclass
class Request:
    """One picture."""

    number: int
    picture: NDArray[np.float32]


@dataclass
class Reply:
    """What is in it."""

    number: int
    digit: int
    # From 0 to 1.
    confidence: float
    # The processes that have trained the model, and used it.
    trained_by: int
    used_by: int


def draw(count: int, seed: int) -> Samples:
    """Draw digits somewhere in their pictures, pale or strong, and with noise."""
    random = np.random.default_rng(seed)
    digits = random.integers(0, 10, count)
    pictures = np.zeros((count, SIZE, SIZE), np.float32)
    places = zip(random.integers(0, 2, count), random.integers(0, 4, count))
    for picture, digit, (top, left) in zip(pictures, digits, places):
        picture[top : top + 7, left : left + 5] = DIGITS[digit]
    pictures *= random.uniform(0.6, 1, (count, 1, 1))
    pictures += random.normal(0, NOISE, pictures.shape)
    return Samples(pictures, digits)


class Model:
    """A network with one hidden layer, trained by gradient descent."""

    def __init__(self, samples: Samples, hidden: int = 64, epochs: int = 30) -> None:
        random = np.random.default_rng(1)
        inputs = samples.pictures.reshape(-1, SIZE * SIZE)
        wanted = np.eye(10, dtype=np.float32)[samples.digits]
        self.first = random.normal(0, 0.1, (SIZE * SIZE, hidden)).astype(np.float32)
        self.second = random.normal(0, 0.1, (hidden, 10)).astype(np.float32)
        for _ in range(epochs):
            order = random.permutation(len(inputs)).reshape(-1, 50)
            for batch in order:
                self._learn(inputs[batch], wanted[batch])

    def _learn(self, inputs: NDArray[np.float32], wanted: NDArray[np.float32]) -> None:
        middle = np.maximum(inputs @ self.first, 0)
        error = (softmax(middle @ self.second) - wanted) / len(inputs)
        back = (error @ self.second.T) * (middle > 0)
        self.second -= 0.5 * middle.T @ error
        self.first -= 0.5 * inputs.T @ back

    def probabilities(self, picture: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return how likely each digit is."""
        return softmax(np.maximum(picture.ravel() @ self.first, 0) @ self.second)


def softmax(x: NDArray[np.float32]) -> NDArray[np.float32]:
    """Turn scores into probabilities."""
    powers = np.exp(x - x.max(axis=-1, keepdims=True))
    result: NDArray[np.float32] = powers / powers.sum(axis=-1, keepdims=True)
    return result


model = Model(draw(5_000, seed=0))
trained_by = os.getpid()


def predict(request: Request) -> Reply:
    """Tell which digit is in a picture."""
    probabilities = model.probabilities(request.picture)
    digit = int(probabilities.argmax())
    return Reply(
        request.number, digit, float(probabilities[digit]), trained_by, os.getpid()
    )
