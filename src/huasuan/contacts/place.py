"""Where a number was allocated: a hint for region reports, marked 号码归属地, never a fact about the person."""

import struct
from array import array
from bisect import bisect_left
from dataclasses import dataclass
from functools import cache, lru_cache

CN_MOBILE_DIGITS = 11
PREFIX_DIGITS = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Province and city as the number plan has them; None where it does not tell."""

    province: str | None = None
    city: str | None = None


NOWHERE = Place()


def place_of(number: str) -> Place:
    """The place a Chinese number was allocated to (source: phone.dat of the ``phone`` package, December 2023).

    ``number`` is in E.164 form. Numbers of other countries and blocks newer than the data give no place.
    """
    if not number.startswith("+86"):
        return NOWHERE
    national = number[3:]
    if national.startswith("1") and len(national) == CN_MOBILE_DIGITS:
        return _mobile_place(national[:PREFIX_DIGITS])
    return _landline_place(national)


def zone_of(number: str) -> str | None:
    """The time zone a number rings in, as far as its digits tell: China has one; None where a country has several.

    ``number`` is in E.164 form (source: libphonenumber). Where a mobile number really is nobody knows.
    """
    if number.startswith("+86"):
        return "Asia/Shanghai"
    return _foreign_zone(number) if number.startswith("+") else None


def zones_of(number: str) -> tuple[str, ...]:
    """Every time zone a number may ring in; none where its digits do not tell.

    Who must be sure of the hour takes all of them together. ``number`` is in E.164 form (source: libphonenumber).
    """
    if number.startswith("+86"):
        return ("Asia/Shanghai",)
    return _foreign_zones(number) if number.startswith("+") else ()


@lru_cache(maxsize=100_000)
def country_of(number: str) -> str | None:
    """The country a number belongs to (ISO 3166), None where several share its code and the digits do not tell."""
    if number.startswith("+86"):
        return "CN"
    from phonenumbers import (  # noqa: PLC0415  see below
        NumberParseException,
        parse,
        region_code_for_number,
        region_codes_for_country_code,
    )

    try:
        parsed = parse(number)
    except NumberParseException:
        return None
    regions = region_codes_for_country_code(parsed.country_code or 0)
    # Numbers that are not handed out yet still tell their country where a code has one main country.
    return region_code_for_number(parsed) or (regions[0] if regions and regions[0] not in {"001", "US"} else None)


def _foreign_zone(number: str) -> str | None:
    found = _foreign_zones(number)
    return found[0] if len(found) == 1 else None


@lru_cache(maxsize=100_000)
def _foreign_zones(number: str) -> tuple[str, ...]:
    # Its metadata takes a tenth of a second to load, which Chinese numbers never need.
    from phonenumbers import NumberParseException, parse, timezone  # noqa: PLC0415

    try:
        found = timezone.time_zones_for_number(parse(number))
    except NumberParseException:
        return ()
    return () if timezone.UNKNOWN_TIMEZONE in found else tuple(found)


@lru_cache(maxsize=100_000)
def _mobile_place(prefix: str) -> Place:
    blocks, records = _blocks()
    wanted = int(prefix)
    at = bisect_left(blocks, wanted)
    return _record_at(records[at]) if at < len(blocks) and blocks[at] == wanted else NOWHERE


@cache
def _blocks() -> tuple["array[int]", "array[int]"]:
    """All blocks of mobile numbers in order, and where the record of each stands.

    The package searches its file anew for every number; an import asks for hundreds of thousands.
    """
    plan = _plan()
    blocks, records = array("i"), array("i")
    for block, record, _ in struct.iter_unpack("<iiB", memoryview(plan.buf)[plan.first_phone_record_offset :]):
        blocks.append(block)
        records.append(record)
    return blocks, records


@cache
def _record_at(offset: int) -> Place:
    buffer: bytes = _plan().buf
    province, city, *_ = buffer[offset : buffer.index(b"\0", offset)].decode().split("|")
    return Place(province=province, city=city)


def _landline_place(national: str) -> Place:
    areas = _areas()
    return areas.get(national[:2]) or areas.get(national[:3]) or NOWHERE


@cache
def _plan():  # type: ignore[no-untyped-def]  # noqa: ANN202  the package carries no types
    from phone import Phone  # noqa: PLC0415  reads 4 MB at import time

    return Phone()


@cache
def _areas() -> dict[str, Place]:
    """Area code without its leading 0 → place; where several cities share a code only the province is kept."""
    plan = _plan()
    records = plan.buf[8 : plan.first_phone_record_offset].split(b"\x00")
    areas: dict[str, Place] = {}
    for record in records:
        parts = record.decode().split("|")
        if len(parts) != 4 or not parts[3].strip("0"):
            continue
        code = parts[3].lstrip("0")
        place = Place(province=parts[0], city=parts[1])
        known = areas.setdefault(code, place)
        if known != place:
            areas[code] = Place(province=known.province if known.province == place.province else None)
    return areas
