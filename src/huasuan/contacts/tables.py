"""Tables of customers and companies, and the identity nodes that facts hang on."""

from collections.abc import Sequence

from sqlalchemy import BigInteger, Column, Index, Table, Text, UniqueConstraint

from huasuan.facts.contacts import Company, Customer
from huasuan.store import METADATA, BigKey, Identity, fact_kind, holds_personal

# One phone number, e-mail address, visitor or customer key. Facts point here; which nodes are one person is
# worked out from the present customers and leads, so that merging and unmerging needs no rewriting of facts.
PARTY = Table(
    "party",
    METADATA,
    Column("id", BigKey, primary_key=True, autoincrement=True),
    Column("workspace", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    Column("value", Text, nullable=False),
    Column("province", Text),
    Column("city", Text),
    Column("zone", Text),
    Column("batch", BigInteger, nullable=False),
    # The node that names the person, where this is another one; kept up to date as facts come and go.
    Column("contact", BigInteger),
    UniqueConstraint("workspace", "kind", "value", name="uq_party_value"),
    Index("ix_party_contact", "workspace", "contact"),
    sqlite_autoincrement=True,
)

# Which facts name a node: of those that tie nodes together, and of consents and opt-outs. A line stays when a later
# version of its fact names the node no more; readers look at the present version.
FACT_NODE = Table(
    "fact_node",
    METADATA,
    Column("workspace", BigInteger, primary_key=True),
    Column("node", BigInteger, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("source_system", Text, primary_key=True),
    Column("source_key", Text, primary_key=True),
    Index("ix_fact_node_fact", "workspace", "kind", "source_system", "source_key"),
)


# Nodes lose their values whole (contacts.erasing); of facts by node only what a key may hold is left to replace.
holds_personal(PARTY)
holds_personal(FACT_NODE, "source_key")


def customer_identities(customer: Customer, source_key: str) -> Sequence[Identity]:
    """The customer's own key, and every number, address and visitor id; all of them are one person."""
    return (
        ("customer", source_key),
        *(("phone", value) for value in customer.phones),
        *(("email", value) for value in customer.emails),
        *(("visitor", value) for value in customer.visitors),
    )


COMPANY = fact_kind("company", Company)
CUSTOMER = fact_kind("customer", Customer, identities=customer_identities, links=True, by_person=True)
KINDS = (COMPANY, CUSTOMER)
