"""An encoder for dates, which have no mapping of their own."""

from datetime import date
from typing import Any

import venomous


def register() -> None:
    """Translate between `date` and {"date": "YYYY-MM-DD"} in this snake."""
    venomous.set_decoder(decode)
    venomous.set_encoder(encode)


def decode(argument: Any) -> Any:
    """Make what C++ sent into what functions take."""
    if isinstance(argument, dict) and argument.keys() == {"date"}:
        return date.fromisoformat(argument["date"])
    return argument


def encode(result: Any) -> Any:
    """Make what a function returned into what C++ can read."""
    return {"date": result.isoformat()} if isinstance(result, date) else result
