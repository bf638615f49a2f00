"""Customers, companies and the numbers they are known by."""

from huasuan.contacts.place import Place, place_of
from huasuan.contacts.queries import (
    alone_with_parties,
    identities_of,
    known_parties,
    parties_made_by,
    remove_parties,
    resolve_parties,
)
from huasuan.contacts.tables import KINDS, PARTY

__all__ = [
    "KINDS",
    "PARTY",
    "Place",
    "alone_with_parties",
    "identities_of",
    "known_parties",
    "parties_made_by",
    "place_of",
    "remove_parties",
    "resolve_parties",
]
