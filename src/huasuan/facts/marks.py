"""Marks on a fact's fields: what they mean to the store, the warehouse and the file import."""

from dataclasses import dataclass
from typing import Annotated


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """How a field is treated beyond its Python type.

    personal: may name or reach a person; stays in the store, never enters the warehouse.
    identity: the kind of identity node it becomes ("phone", "email", "visitor", "customer"), see ``contacts``.
    money: whole minor units of the fact's currency; outside the program it is written without the ``_minor``.
    """

    personal: bool = False
    identity: str | None = None
    money: bool = False


Personal = Annotated[str, Mark(personal=True)]
Phone = Annotated[str, Mark(personal=True, identity="phone")]
Email = Annotated[str, Mark(personal=True, identity="email")]
Visitor = Annotated[str, Mark(personal=True, identity="visitor")]
Identity = tuple[str, str]
"""What a person is known by: ("phone", "+8613900000001"), ("customer", "C-17") …"""

CustomerKey = Annotated[str, Mark(identity="customer")]
Minor = Annotated[int, Mark(money=True)]
