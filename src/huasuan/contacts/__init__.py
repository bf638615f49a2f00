"""Customers, companies and the numbers they are known by."""

from huasuan.contacts.place import Place, place_of
from huasuan.contacts.queries import resolve_parties
from huasuan.contacts.tables import KINDS, PARTY

__all__ = ["KINDS", "PARTY", "Place", "place_of", "resolve_parties"]
