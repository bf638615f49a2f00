"""Several deliveries at once: every acknowledged version is in the store."""

from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import select

from huasuan.contacts import PARTY
from huasuan.intake import KINDS, deliver
from huasuan.people import Workspace
from huasuan.store import Store

WRITERS, DELIVERIES, KEYS = 4, 8, 5


def test_corrections_of_the_same_facts_at_the_same_moment_are_all_kept(store: Store, workspace: Workspace) -> None:
    def write(writer: int) -> int:
        taken = 0
        for number in range(DELIVERIES):
            records = [
                {
                    "key": f"k{key}",
                    "direction": "out",
                    "dialed_at": "2026-03-05T01:00:00Z",
                    "result": "human",
                    "talk_seconds": 1000 * writer + number,
                    # the same new numbers from all sides, in another order from each
                    "called": f"138{number:04}{(key * (writer + 1)) % KEYS:04}",
                }
                for key in (range(KEYS) if writer % 2 else reversed(range(KEYS)))
            ]
            delivery = deliver(store, workspace=workspace.id, kind_name="call", source="s", records=records)
            taken += sum(outcome.status in {"created", "corrected"} for outcome in delivery.outcomes)
        return taken

    with ThreadPoolExecutor(WRITERS) as pool:
        taken = sum(pool.map(write, range(WRITERS)))

    assert taken == WRITERS * DELIVERIES * KEYS
    table = KINDS["call"].table
    with store.read() as connection:
        rows = connection.execute(select(table.c.source_key, table.c.version, table.c.talk_seconds)).all()
        numbers = connection.execute(select(PARTY.c.value)).scalars().all()
    # A version that arrived late is followed by a copy of the present one, so there may be more rows than deliveries.
    said = {(row.source_key, row.talk_seconds) for row in rows}
    assert said == {
        (f"k{key}", 1000 * writer + number)
        for key in range(KEYS)
        for writer in range(WRITERS)
        for number in range(DELIVERIES)
    }
    for key in range(KEYS):
        versions = sorted(row.version for row in rows if row.source_key == f"k{key}")
        assert versions == list(range(1, len(versions) + 1))
    assert len(numbers) == len(set(numbers)) == DELIVERIES * KEYS
