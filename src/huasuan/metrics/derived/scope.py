"""Which rows a round derives: all of them, or those of the contacts and facts that changed."""

from dataclasses import dataclass

from huasuan.warehouse import Cursor, first_row

# Calls that somebody said something of in this round, by their keys.
TAGGED = "SELECT call FROM stage_call_tag UNION SELECT call FROM gone_call_tag"
PICKED = ("call", "lead", "touch")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """``everything``, or what stands in the temp tables ``touched`` (contact_id), ``touched_party`` (party) and
    ``picked_<kind>`` (fact_id: facts of touched contacts and the changed facts themselves, gone ones too; also calls
    that name a changed lead, since a call with a withheld number is nobody's).
    """

    everything: bool

    def rows(self, kind: str) -> str:
        """The copied facts ``f`` of a kind to derive from."""
        return f"fact_{kind} f" if self.everything else f"picked_{kind} JOIN fact_{kind} f USING (fact_id)"

    def replaced(self, kind: str) -> str:
        """The condition on the star rows that give way."""
        return "TRUE" if self.everything else f"fact_id IN (SELECT fact_id FROM picked_{kind})"

    @property
    def contacts(self) -> str:
        """The condition on ``contact_id``."""
        return "TRUE" if self.everything else "contact_id IN (SELECT contact_id FROM touched)"

    @property
    def buyers(self) -> str:
        """The condition on ``contact_id`` of those whose deals, and so the outcomes of calls and leads, may differ."""
        return "TRUE" if self.everything else "contact_id IN (SELECT contact_id FROM touched_buyer)"

    @property
    def hoped(self) -> str:
        """The condition on star rows ``lead`` that may be converted now or no longer."""
        if self.everything:
            return "TRUE"
        return (
            f"(lead.{self.replaced('lead')} OR lead.{self.buyers} OR lead.key IN (SELECT lead FROM touched_deal_lead))"
        )

    @property
    def parties(self) -> str:
        """The identity nodes, one row each."""
        if self.everything:
            return f"({' UNION '.join(f'SELECT party FROM fact_{kind}' for kind in PICKED)})"
        return "touched_party"

    def party(self, column: str) -> str:
        """The condition on a column of identity nodes."""
        return "TRUE" if self.everything else f"{column} IN (SELECT party FROM touched_party)"

    def forget(self, writer: Cursor, *tables: str) -> None:
        """Give the memory of large working tables back; small ones are overwritten by the next round."""
        if self.everything:
            for table in tables:
                writer.execute(f"DROP TABLE IF EXISTS {table}")


EVERYTHING = Scope(everything=True)
TOUCHED = Scope(everything=False)


def pick(writer: Cursor, kinds: frozenset[str], *, called: str | None = None) -> frozenset[str]:
    """Fill ``touched_party`` and the picks, reading one column of each copied table; which picks are not empty.

    ``called``: a query of calls to numbers whose visitors changed.
    """
    writer.execute(
        "CREATE OR REPLACE TEMP TABLE touched_party AS SELECT contact_id AS party FROM touched UNION "
        "SELECT party FROM contact_of WHERE contact_id IN (SELECT contact_id FROM touched)"
    )
    return frozenset(kind for kind in PICKED if _pick(writer, kind, kinds, called))


def _pick(writer: Cursor, kind: str, kinds: frozenset[str], called: str | None) -> bool:
    staged = f" UNION SELECT fact_id FROM stage_{kind}" if kind in kinds else ""
    if kind == "call" and "lead" in kinds:
        staged += " UNION SELECT fact_id FROM fact_call WHERE lead IN (SELECT key FROM stage_lead)"
    if kind == "call" and "call_tag" in kinds:
        staged += f" UNION SELECT fact_id FROM fact_call WHERE key IN ({TAGGED})"
    if kind == "call" and called is not None:
        staged += f" UNION SELECT fact_id FROM ({called})"
    row = first_row(
        writer,
        f"CREATE OR REPLACE TEMP TABLE picked_{kind} AS SELECT fact_id FROM fact_{kind} "
        f"WHERE party IN (SELECT party FROM touched_party){staged}",
    )
    return row is not None and row[0] > 0
