"""Functions of frames, for machines that have pandas."""

from typing import Any

import pandas


def made(n: int) -> pandas.DataFrame:
    return pandas.DataFrame({"x": [i / 2 for i in range(n)], "n": range(n)})


def people() -> pandas.DataFrame:
    return pandas.DataFrame({"name": ["Ada", "Bo"], "age": [36, 27]})


def ages() -> pandas.DataFrame:
    return pandas.DataFrame({"age": pandas.array([36, None], dtype="Int64")})


def months() -> pandas.DataFrame:
    months = pandas.period_range("2020-01", periods=2, freq="M")
    return pandas.DataFrame({"month": months})


def total(frame: pandas.DataFrame) -> Any:
    return type(frame).__name__, list(frame.columns), float(frame["x"].sum())


def scaled(frame: pandas.DataFrame, factor: float) -> pandas.DataFrame:
    return frame.assign(x=frame["x"] * factor)


def fill(frame: pandas.DataFrame, number: float) -> None:
    column = frame["x"].to_numpy()
    column.flags.writeable = True
    column[:] = number


def mean(series: pandas.Series) -> float:
    return float(series.mean())


def missing(frame: pandas.DataFrame) -> int:
    return int(frame["age"].isna().sum())
