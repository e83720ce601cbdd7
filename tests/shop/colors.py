"""An Enum that a struct has."""

from enum import Enum


class Color(Enum):
    RED = 1
