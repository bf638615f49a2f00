"""Customers, companies and the numbers they are known by."""

from huasuan.contacts.erasing import erase_nodes
from huasuan.contacts.persons import (
    LINKING,
    facts_naming,
    first_named_by,
    members_of,
    nodes_beside,
    nodes_of_bearer,
    note_nodes,
    persons_of,
    tie,
)
from huasuan.contacts.place import Place, country_of, place_of, zones_of
from huasuan.contacts.queries import (
    alone_with_parties,
    hold_parties,
    identities_of,
    known_parties,
    number_pages,
    parties_made_by,
    persons_after,
    remove_parties,
    resolve_parties,
)
from huasuan.contacts.tables import KINDS, PARTY

__all__ = [
    "KINDS",
    "LINKING",
    "PARTY",
    "Place",
    "alone_with_parties",
    "country_of",
    "erase_nodes",
    "facts_naming",
    "first_named_by",
    "hold_parties",
    "identities_of",
    "known_parties",
    "members_of",
    "nodes_beside",
    "nodes_of_bearer",
    "note_nodes",
    "number_pages",
    "parties_made_by",
    "persons_after",
    "persons_of",
    "place_of",
    "remove_parties",
    "resolve_parties",
    "tie",
    "zones_of",
]
