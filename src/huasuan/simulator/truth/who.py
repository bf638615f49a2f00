"""Who is the same person, whose company it is, and where they live."""

from dataclasses import dataclass

from huasuan.contacts import place_of
from huasuan.simulator.truth.reading import Book, phone
from huasuan.simulator.world import Record

Node = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """One person: ``customer`` is the company where there is one, else the person."""

    id: Node
    customer: Node
    province: str | None
    city: str | None
    industry: str | None
    segment: str | None
    age_band: str | None


NOBODY = None


class People:
    """Contacts as the connected parts of what present customers and leads name together."""

    def __init__(self, book: Book) -> None:
        self._parent: dict[Node, Node] = {}
        self._phones: dict[Node, list[str]] = {}
        self._known: dict[Node, list[Record]] = {}
        self._companies = book.of("company")
        self._made: dict[tuple[Node, str | None], Contact] = {}
        for key, record in book.of("customer").items():
            self._join(customer_nodes(key, record))
        for record in book.of("lead").values():
            self._join(party_nodes(record))
        for key, record in book.of("customer").items():
            self._known.setdefault(self.root(("customer", key)), []).append(record)
        for node in list(self._parent):
            if node[0] == "phone":
                self._phones.setdefault(self.root(node), []).append(node[1])

    def contact(self, record: Record) -> Contact | None:
        """The contact of a fact that names a phone, an e-mail, a visitor or a customer."""
        nodes = party_nodes(record)
        return self.at(nodes[0]) if nodes else NOBODY

    def at(self, node: Node) -> Contact:
        """The contact that a node belongs to."""
        root = self.root(node)
        own = node[1] if node[0] == "phone" else self._nearest(self._phones.get(root, []))
        found = self._made.get((root, own))
        if found is None:
            found = self._made[root, own] = self._contact(root, own)
        return found

    def _nearest(self, numbers: list[str]) -> str | None:
        """Of several numbers the one whose place comes first by name, so that no order of arrival decides."""
        placed = [(place.province or "", place.city or "", number) for number in numbers if (place := place_of(number))]
        return min((found for found in placed if found[0] or found[1]), default=(None, None, None))[2]

    def root(self, node: Node) -> Node:
        """The node that stands for all nodes of the same person."""
        self._parent.setdefault(node, node)
        while self._parent[node] != node:
            self._parent[node] = self._parent[self._parent[node]]
            node = self._parent[node]
        return node

    def _join(self, nodes: list[Node]) -> None:
        for node in nodes[1:]:
            self._parent[self.root(node)] = self.root(nodes[0])
        if nodes:
            self.root(nodes[0])

    def _contact(self, root: Node, number: str | None) -> Contact:
        records = self._known.get(root, [])
        company = next((record["company"] for record in records if record.get("company")), None)
        about = [*records, self._companies.get(company, {})] if company else records
        placed = next((record for record in about if record.get("province") or record.get("city")), None)
        if placed is not None:
            province, city = placed.get("province"), placed.get("city")
        else:
            place = place_of(number) if number else None
            province, city = (place.province, place.city) if place else (None, None)
        return Contact(
            id=root,
            customer=("company", company) if company else root,
            province=province,
            city=city,
            industry=_first(about, "industry"),
            segment=_first(about, "segment"),
            age_band=_first(about, "age_band"),
        )


def customer_nodes(key: str, record: Record) -> list[Node]:
    """All that a customer record says is one person."""
    nodes = [("customer", key)]
    nodes += [("phone", number) for value in record.get("phones", ()) if (number := phone(value))]
    nodes += [("email", value) for value in record.get("emails", ())]
    nodes += [("visitor", value) for value in record.get("visitors", ())]
    return nodes


def party_nodes(record: Record) -> list[Node]:
    """Whom a lead, touch or deal event names, the most telling first."""
    found = [("phone", phone(record.get("phone")))]
    found += [(kind, record.get(kind)) for kind in ("email", "visitor", "customer")]
    return [(kind, value) for kind, value in found if value]


def _first(records: list[Record], name: str) -> str | None:
    return next((record[name] for record in records if record.get(name)), None)
