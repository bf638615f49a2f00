"""Whether what identifies a person may be told to somebody who keeps it in another country (R14)."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection

from huasuan.consent.gate import book_of
from huasuan.consent.terms import RegionTerms
from huasuan.consent.types import ConsentEntry
from huasuan.contacts import country_of

ABROAD = "abroad"
"""The purpose of a consent to that alone (PIPL 39)."""


def may_leave(
    connection: Connection,
    *,
    workspace: int,
    number: str | None,
    to: str,
    entries: Iterable[ConsentEntry],
    at: datetime,
) -> bool:
    """Whether what identifies a person may go to somebody who keeps it in ``to`` (a country, or EU), by rule R14.

    Within the country or the region the rule names; else only where the rule lets data leave, or the person agreed to
    just that (purpose ``abroad``, PIPL 39). Of somebody without a number all countries' rules hold together.
    """
    said = None
    for entry in entries:
        if entry.purpose == ABROAD and entry.at <= at:
            said = entry.given and (entry.expires_at is None or entry.expires_at > at)
    if said is not None:
        return said
    book = book_of(connection, workspace=workspace)
    country = None if number is None else country_of(number)
    for one in (country,) if country in book.countries else book.countries:
        terms = book.terms(RegionTerms, "R14", one, at.date())[0]
        if not terms.egress and to not in {one, terms.region}:
            return False
    return True
