"""Finds twins of zones whose classes are not in the standard library."""

import zoneinfo
from datetime import datetime, time, timedelta, timezone, tzinfo
from typing import Dict, Iterator, Optional, Tuple, TypeVar, Union

from venomous._bridge import Unencodable

Moment = TypeVar("Moment", datetime, time)


def twin_of(moment: Moment) -> Moment:
    """Returns the same time in a `timezone`, or in a `ZoneInfo` with a key.

    Raises Unencodable if its zone neither has a constant offset nor a key that zoneinfo
    knows, or if zoneinfo has another offset for that moment.
    """
    zone = moment.tzinfo
    assert zone is not None
    described = f"has a zone of type {type(zone).__module__}.{type(zone).__qualname__}"
    try:
        offset = moment.utcoffset()
        if offset is not None and (fixed := _fixed(zone, moment, offset)):
            return moment.replace(tzinfo=fixed)
    except MemoryError:
        raise
    except Exception as error:
        raised = type(error).__name__
        raise Unencodable(f"{described}, whose utcoffset raises {raised}") from None
    others = [found for key in _keys(zone) if (found := _zoneinfo(key))]
    for other in others:
        # With some libraries the zone says which of two equal times is meant.
        for fold in (moment.fold, 1 - moment.fold):
            twin = moment.replace(tzinfo=other, fold=fold)
            if twin.utcoffset() == offset:
                return twin
    if others:
        raise Unencodable(
            f"{described} that puts it {offset} ahead of UTC, which "
            f"ZoneInfo({others[0].key!r}) does not"
        )
    raise Unencodable(
        f"{described}, which has no fixed offset, nor a key that zoneinfo knows: use "
        "datetime.timezone or zoneinfo.ZoneInfo"
    )


_known: Dict[Tuple[int, int], Tuple[tzinfo, timezone]] = {}
"""Zones with a constant offset, by address and year, and their twins."""

_MOST_KNOWN = 256


def _fixed(
    zone: tzinfo, moment: Union[datetime, time], offset: timedelta
) -> Optional[timezone]:
    """Returns the twin of a zone that always has `offset`, otherwise None."""
    key = id(zone), getattr(moment, "year", 2000)
    _, twin = _known.get(key, (None, None))
    if twin is None or twin.utcoffset(None) != offset:
        if not _is_fixed(zone, offset, key[1]):
            return None
        if len(_known) == _MOST_KNOWN:
            _known.clear()
        twin = _timezone(offset, moment)
        _known[key] = zone, twin
    return twin


def _is_fixed(zone: tzinfo, offset: timedelta, year: int) -> bool:
    """Returns whether `zone` always has `offset`.

    An offset without a moment does not prove it: some zones return that of winter.
    """
    try:
        if zone.utcoffset(None) != offset:
            return False
    except MemoryError:
        raise
    except Exception:
        return False  # The zone needs a moment.
    months = (datetime(year, month, 1, tzinfo=zone) for month in range(1, 13))
    return all(x.utcoffset() == offset for x in months)


def _timezone(offset: timedelta, moment: Union[datetime, time]) -> timezone:
    """Leaves out a name that the zone cannot provide."""
    plain = timezone(offset)
    try:
        name = moment.tzname()
    except MemoryError:
        raise
    except Exception:
        name = None
    if not isinstance(name, str) or name == plain.tzname(None):
        return plain
    return timezone(offset, name)


def _keys(zone: tzinfo) -> Iterator[str]:
    """Yields the names of a zone: zoneinfo, pytz and dateutil keep them differently."""
    for name in ("key", "zone"):
        if isinstance(key := getattr(zone, name, None), str):
            yield key
    # A zone of dateutil knows only the file that it was read from.
    if isinstance(file := getattr(zone, "_filename", None), str):
        for folder in zoneinfo.TZPATH:
            if file.startswith(folder + "/"):
                yield file[len(folder) + 1 :]


def _zoneinfo(key: str) -> Optional[zoneinfo.ZoneInfo]:
    try:
        return zoneinfo.ZoneInfo(key)
    except MemoryError:
        raise
    except Exception:
        return None  # The key means nothing to zoneinfo.
