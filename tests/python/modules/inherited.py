"""A record whose base has annotations that mean something else here."""

from __future__ import annotations

from dataclasses import dataclass

import notes  # type: ignore


@dataclass
class UserId:
    """Not that of `notes`."""

    name: str


@dataclass
class Signed(notes.Entry):
    by: UserId | None = None


def signed(x: Signed) -> str:
    return repr(x)
