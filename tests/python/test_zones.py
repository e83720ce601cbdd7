"""Zones that are those of other libraries."""

import datetime
import zoneinfo
from typing import Any, Optional

import pytest
from venomous import Unencodable, pack, unpack

HOUR = datetime.timedelta(hours=1)
VIENNA = zoneinfo.ZoneInfo("Europe/Vienna")


class Fixed(datetime.tzinfo):
    """As dateutil, psycopg2 and pydantic have them."""

    def __init__(self, offset: datetime.timedelta, name: Optional[str] = None) -> None:
        self._offset = offset
        self._name = name

    def utcoffset(self, moment: Optional[datetime.datetime]) -> datetime.timedelta:
        return self._offset

    def dst(self, moment: Optional[datetime.datetime]) -> datetime.timedelta:
        return datetime.timedelta(0)

    def tzname(self, moment: Optional[datetime.datetime]) -> Optional[str]:
        return self._name


class Summery(datetime.tzinfo):
    """As the documentation of Python has them: without a moment it is winter."""

    def utcoffset(self, moment: Optional[datetime.datetime]) -> datetime.timedelta:
        return HOUR + self.dst(moment)

    def dst(self, moment: Optional[datetime.datetime]) -> datetime.timedelta:
        summer = moment is not None and 4 <= moment.month <= 9
        return HOUR if summer else datetime.timedelta(0)

    def tzname(self, moment: Optional[datetime.datetime]) -> str:
        return "CEST" if self.dst(moment) else "CET"


class Named(datetime.tzinfo):
    """As pytz has them: which of two times it is, is told by the zone."""

    def __init__(self, zone: str, offset: datetime.timedelta) -> None:
        self.zone = zone
        self._offset = offset

    def utcoffset(self, moment: Optional[datetime.datetime]) -> Any:
        return None if moment is None else self._offset

    def dst(self, moment: Optional[datetime.datetime]) -> None:
        return None

    def tzname(self, moment: Optional[datetime.datetime]) -> str:
        return self.zone


class Broken(Fixed):
    def utcoffset(self, moment: Optional[datetime.datetime]) -> datetime.timedelta:
        raise RuntimeError("no clock")


class Interrupted(Fixed):
    def utcoffset(self, moment: Optional[datetime.datetime]) -> datetime.timedelta:
        raise KeyboardInterrupt


def moment(zone: datetime.tzinfo, month: int = 7) -> datetime.datetime:
    return datetime.datetime(2020, month, 1, 12, tzinfo=zone)


def through(x: Any) -> Any:
    return unpack(pack(x))


def check_same(x: Any, zone: datetime.tzinfo) -> None:
    """Checks that a time comes back as the same one in `zone`."""
    back = through(x)
    assert type(back) is type(x)
    assert repr(back.tzinfo) == repr(zone)
    assert back.replace(tzinfo=None) == x.replace(tzinfo=None)
    assert back.utcoffset() == x.utcoffset()


# -- stand-ins -------------------------------------------------------------------------


def test_a_zone_at_one_offset_is_a_timezone() -> None:
    zone = Fixed(HOUR)
    check_same(moment(zone), datetime.timezone(HOUR))
    check_same(datetime.time(1, tzinfo=zone), datetime.timezone(HOUR))
    seconds = datetime.timedelta(hours=-5, seconds=7)
    check_same(moment(Fixed(seconds)), datetime.timezone(seconds))


def test_it_keeps_its_name_unless_a_timezone_has_that_anyway() -> None:
    check_same(moment(Fixed(HOUR, "mine")), datetime.timezone(HOUR, "mine"))
    check_same(moment(Fixed(HOUR, "UTC+01:00")), datetime.timezone(HOUR))
    nothing = datetime.timedelta(0)
    assert through(moment(Fixed(nothing, "UTC"))).tzinfo is datetime.timezone.utc


def test_fixed_zones_that_look_alike_are_told_apart() -> None:
    times = [moment(Fixed(HOUR * i)) for i in range(-12, 13)] * 30
    assert [x.utcoffset() for x in through(times)] == [x.utcoffset() for x in times]


def test_a_zone_with_summer_time_is_not_fixed() -> None:
    for month in (1, 7):
        with pytest.raises(Unencodable) as error:
            pack([moment(Summery(), month)])
        assert str(error.value) == (
            "object at value[0] has a zone of type test_zones.Summery, which has no "
            "fixed offset, nor a key that zoneinfo knows: use datetime.timezone or "
            "zoneinfo.ZoneInfo"
        )


def test_a_zone_with_a_key_is_a_zoneinfo() -> None:
    check_same(moment(Named("Europe/Vienna", 2 * HOUR)), VIENNA)
    check_same(datetime.time(1, tzinfo=Named("Europe/Vienna", HOUR)), VIENNA)


@pytest.mark.parametrize("offset, fold", [(2 * HOUR, 0), (HOUR, 1)])
def test_of_two_times_it_is_the_one_with_that_offset(
    offset: datetime.timedelta, fold: int
) -> None:
    zone = Named("Europe/Vienna", offset)
    back = through(datetime.datetime(2020, 10, 25, 2, 30, tzinfo=zone))
    assert (back.utcoffset(), back.fold) == (offset, fold)


def test_an_offset_that_is_not_that_of_the_key_is_an_error() -> None:
    with pytest.raises(Unencodable) as error:
        pack(moment(Named("Europe/Vienna", HOUR + HOUR / 12)))
    assert "1:05:00 ahead of UTC, which ZoneInfo('Europe/Vienna') does not" in str(
        error.value
    )


@pytest.mark.parametrize("key", ["", "Nowhere/Land", "/etc/passwd", "../x", "Europe"])
def test_a_key_that_zoneinfo_does_not_know_is_none(key: str) -> None:
    with pytest.raises(Unencodable, match="nor a key that zoneinfo knows"):
        pack(moment(Named(key, HOUR)))


def test_a_zone_that_raises_says_so() -> None:
    with pytest.raises(Unencodable, match=r"whose utcoffset raises RuntimeError$"):
        pack(moment(Broken(HOUR)))
    with pytest.raises(KeyboardInterrupt):
        pack(moment(Interrupted(HOUR)))


def test_a_zoneinfo_without_a_key_is_fixed_or_none() -> None:
    def read(key: str) -> zoneinfo.ZoneInfo:
        for folder in zoneinfo.TZPATH:
            try:
                with open(f"{folder}/{key}", "rb") as file:
                    return zoneinfo.ZoneInfo.from_file(file)
            except FileNotFoundError:
                pass
        pytest.skip("the system has no data about zones")

    check_same(moment(read("UTC")), datetime.timezone.utc)
    with pytest.raises(Unencodable, match="nor a key that zoneinfo knows"):
        pack(moment(read("Europe/Vienna")))


# -- libraries -------------------------------------------------------------------------


def test_zones_of_dateutil() -> None:
    tz = pytest.importorskip("dateutil.tz")
    check_same(moment(tz.tzutc()), datetime.timezone.utc)
    check_same(moment(tz.tzoffset(None, 3600)), datetime.timezone(HOUR))
    check_same(moment(tz.tzoffset("BRT", -10800)), datetime.timezone(-3 * HOUR, "BRT"))
    check_same(moment(tz.gettz("Europe/Vienna")), VIENNA)
    for fold in (0, 1):
        zone = tz.gettz("Europe/Vienna")
        twice = datetime.datetime(2020, 10, 25, 2, 30, fold=fold, tzinfo=zone)
        check_same(twice, VIENNA)
    with pytest.raises(Unencodable, match="dateutil.tz.tz.tzstr"):
        pack(moment(tz.tzstr("EST5EDT")))


def test_zones_of_pytz() -> None:
    pytz = pytest.importorskip("pytz")
    check_same(moment(pytz.utc), datetime.timezone.utc)
    check_same(moment(pytz.FixedOffset(60)), datetime.timezone(HOUR))
    vienna = pytz.timezone("Europe/Vienna")
    check_same(vienna.localize(datetime.datetime(2020, 7, 1)), VIENNA)
    for is_dst in (True, False):
        twice = vienna.localize(datetime.datetime(2020, 10, 25, 2, 30), is_dst=is_dst)
        check_same(twice, VIENNA)
    with pytest.raises(Unencodable, match="ZoneInfo.'Europe/Vienna'. does not"):
        pack(moment(vienna))  # That is the mean time of before there were zones.


def test_zones_of_psycopg2() -> None:
    tz = pytest.importorskip("psycopg2.tz")
    zone = tz.FixedOffsetTimezone(offset=HOUR, name="mine")
    check_same(moment(zone), datetime.timezone(HOUR, "mine"))


def test_zones_of_pydantic() -> None:
    pydantic = pytest.importorskip("pydantic")
    model = pydantic.create_model("Model", at=(datetime.datetime, ...))
    for text, offset in (("Z", 0 * HOUR), ("+02:00", 2 * HOUR)):
        at = model(at=f"2020-07-01T00:00:00{text}").at
        back = through(at)
        assert type(back.tzinfo) is datetime.timezone
        assert (back, back.utcoffset()) == (at, offset)
