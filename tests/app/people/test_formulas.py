"""No cell of an export is a formula to a spreadsheet, whatever was delivered in whichever field."""

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from app.people.hostile import free_texts, records
from app.people.visitors import found_owner, house
from huasuan.intake import KINDS, deliver
from huasuan.people import WorkspaceSettings, create_workspace
from huasuan.store import Store

PAYLOADS = ("=cmd|'/C calc'!A0", "+1+1", "-1+1", "@SUM(A1)", "\t=1+1", "＝1+1")
_NUMBER = re.compile(r"-?\d+(\.\d+)?")


@pytest.fixture(scope="module")
def told(
    sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[TestClient, dict[str, int]]]:
    folder = tmp_path_factory.mktemp("formulas")
    (folder / "store.sqlite").write_bytes(sqlite_template.read_bytes())
    store = Store.at(folder / "store.sqlite")
    with store.write() as connection:
        workspace = create_workspace(connection, name="test", settings=WorkspaceSettings())
    found_owner(store)
    taken = {}
    for kind in KINDS:
        sent = [
            {**record, "key": f"{record['key']}-{number}"}
            for number, payload in enumerate(PAYLOADS)
            for record in records(kind, payload)
        ]
        done = deliver(store, workspace=workspace.id, kind_name=kind, source="=s()", records=sent, origin="test")
        taken[kind] = sum(outcome.status == "created" for outcome in done.outcomes)
    with house(store, folder, export_rows=1_000_000) as here:
        yield here.signed_in("owner@example.com"), taken
    store.close()


def test_most_fields_took_it(told: tuple[TestClient, dict[str, int]]) -> None:
    asked = sum((len(free_texts(kind)) + 1) * len(PAYLOADS) for kind in KINDS)
    assert sum(told[1].values()) > asked * 0.6, told[1]


@pytest.mark.parametrize("kind", list(KINDS))
def test_no_cell_is_a_formula(told: tuple[TestClient, dict[str, int]], kind: str) -> None:
    owner, taken = told
    asked = owner.post("/api/v1/exports", json={"kind": kind, "unmasked": True}).json()
    assert asked["rows"] == taken[kind]
    answer = owner.post(f"/api/v1/exports/{asked['id']}/fetch")
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert len(rows) == taken[kind] + 1
    cells = [cell for row in rows for cell in row if cell and not _NUMBER.fullmatch(cell)]
    assert [cell for cell in cells if cell[0] in "=+-@\t\r\n＝＋－＠"] == []
