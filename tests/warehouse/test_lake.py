"""The lake shows one moment of the warehouse, and a late change costs one month."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from huasuan.kernel.errors import Broken
from huasuan.warehouse import Exported, LakeTable, export_lake, prepare_copies, read_manifest

VISIT = LakeTable(name="visit", columns={"fact_id": "BIGINT", "day": "DATE", "amount": "HUGEINT"}, day="day")
_BEYOND_64_BITS = 2**70 + 1


@pytest.fixture
def warehouse() -> Iterator[duckdb.DuckDBPyConnection]:
    connection = duckdb.connect()
    prepare_copies(connection, ())
    connection.execute("CREATE TABLE visit (fact_id BIGINT, day DATE, amount HUGEINT)")
    connection.execute(
        "INSERT INTO visit VALUES (1, DATE '2026-01-31', 5), (2, DATE '2026-02-01', $1), (3, NULL, -1)",
        [_BEYOND_64_BITS],
    )
    yield connection
    connection.close()


def export(warehouse: duckdb.DuckDBPyConnection, lake: Path, **options: float) -> Exported:
    return export_lake(warehouse, (VISIT,), lake, workspace=7, as_of=datetime.now(UTC), said={}, **options)


def rows(lake: Path) -> list[tuple[int, str | None, int]]:
    """What a reader that follows the manifest sees."""
    files = [str(lake / "workspace=7" / part.file) for part in read_manifest(lake, 7).parts["visit"]]
    found = duckdb.connect().execute("SELECT fact_id, day::VARCHAR, amount FROM read_parquet($1)", [files]).fetchall()
    return sorted((number, day, int(amount)) for number, day, amount in found)


def test_every_row_goes_to_its_month_and_wide_numbers_stay_exact(
    warehouse: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    made = export(warehouse, tmp_path)
    assert {part.month for part in made.manifest.parts["visit"]} == {"2026-01", "2026-02", "none"}
    assert rows(tmp_path) == [(1, "2026-01-31", 5), (2, "2026-02-01", _BEYOND_64_BITS), (3, None, -1)]


def test_nothing_new_writes_nothing(warehouse: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    first = export(warehouse, tmp_path)
    again = export(warehouse, tmp_path)
    assert (again.written, again.kept, again.manifest.version) == ((), 3, first.manifest.version)


def test_a_late_change_rewrites_its_month_alone(warehouse: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    export(warehouse, tmp_path)
    warehouse.execute("INSERT INTO visit VALUES (4, DATE '2026-01-05', 8)")
    made = export(warehouse, tmp_path)
    assert made.written == ("visit/month=2026-01/000002.parquet",)
    assert made.kept == 2
    assert [row[0] for row in rows(tmp_path)] == [1, 2, 3, 4]


def test_a_row_that_moves_to_another_month_leaves_no_ghost(
    warehouse: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    export(warehouse, tmp_path)
    warehouse.execute("UPDATE visit SET day = DATE '2026-03-03' WHERE fact_id = 1")
    made = export(warehouse, tmp_path)
    assert {part.month for part in made.manifest.parts["visit"]} == {"2026-02", "2026-03", "none"}
    assert [row[:2] for row in rows(tmp_path)] == [(1, "2026-03-03"), (2, "2026-02-01"), (3, None)]


def test_an_export_that_dies_leaves_the_lake_as_it_was(
    warehouse: duckdb.DuckDBPyConnection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    export(warehouse, tmp_path)
    before = rows(tmp_path)
    warehouse.execute("UPDATE visit SET amount = 6 WHERE fact_id = 1")

    class Died(Exception):
        pass

    def die(*_unused: object) -> None:
        raise Died

    # The last moment before the new files count.
    monkeypatch.setattr("huasuan.warehouse.lake._switch", die)
    with pytest.raises(Died):
        export(warehouse, tmp_path)
    assert rows(tmp_path) == before

    monkeypatch.undo()
    export(warehouse, tmp_path)
    assert (1, "2026-01-31", 6) in rows(tmp_path)


def test_replaced_files_stay_for_those_who_read_them_and_then_go(
    warehouse: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    old = tmp_path / "workspace=7" / export(warehouse, tmp_path).written[0]
    warehouse.execute("DELETE FROM visit WHERE fact_id = 1")
    export(warehouse, tmp_path)
    export(warehouse, tmp_path)
    assert old.exists()
    export(warehouse, tmp_path, keep_seconds=0)
    assert not old.exists()


def test_before_the_first_export_there_is_no_lake(tmp_path: Path) -> None:
    with pytest.raises(Broken) as refused:
        read_manifest(tmp_path, 7)
    assert refused.value.code == "no_lake"
