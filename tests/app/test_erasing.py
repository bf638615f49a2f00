"""After an erasure no file of the data folder holds the person any more: looked for byte by byte in real files."""

import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest
from sqlalchemy import text

from huasuan import leads
from huasuan.app import wiring
from huasuan.app.arrivals import Arrivals
from huasuan.app.settings import STORE_FILE, Settings
from huasuan.app.worker.deciding import DecisionTeller
from huasuan.app.worker.erasing import ErasureReport, erase_person
from huasuan.app.worker.seeing import see_person
from huasuan.app.worker.warehouses import Warehouses
from huasuan.consent import Ask, ask_gate, hold_person, open_request, requests_of
from huasuan.intake import deliver, import_file
from huasuan.kernel.errors import Conflict, InvalidInput, NotFound
from huasuan.people import COMMAND, Workspace, WorkspaceSettings, create_workspace
from huasuan.store import METADATA, Store, declared_personal, upgrade

NUMBER, SECOND, OTHER = "+8613912345678", "+8613887654321", "+8613500000005"
NAME, ADDRESS, OTHER_NAME = "欧阳询之甲", "长安街无名巷七号", "上官某乙"
# Every way in which the number or the name could still stand there.
TRACES = [b"13912345678", b"139 1234 5678", b"139-1234-5678", b"13887654321", NAME.encode(), NAME.encode("gb18030")]
TRACES += [NAME.encode("utf-16-le"), "13912345678".encode("utf-16-le"), ADDRESS.encode()]
PERSON = ("phone", NUMBER)


class House:
    """A whole data folder with one person to be deleted and another to stay."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.settings = Settings(home=home)
        wiring.make_home(self.settings)
        self.store = wiring.bare_store(self.settings)
        upgrade(self.store, backup_folder=home / "backups")
        with self.store.write() as connection:
            self.workspace = create_workspace(connection, name="test", settings=WorkspaceSettings())
        self.answers = Warehouses(self.store, self.settings)

    def send(self, kind: str, *records: dict[str, object]) -> None:
        outcomes = deliver(
            self.store, workspace=self.workspace.id, kind_name=kind, source="crm", records=records
        ).outcomes
        assert all(outcome.status in {"created", "corrected"} for outcome in outcomes), outcomes

    def erase(self, **rest: object) -> ErasureReport:
        return erase_person(
            self.store, self.settings, self.answers, workspace=self.workspace.id, identity=PERSON, actor=COMMAND, **rest
        )  # type: ignore[arg-type]


@pytest.fixture
def house(tmp_path: Path):
    made = House(tmp_path / "home")
    with made.answers:
        yield made
    made.store.close()


def fill(house: House) -> None:
    house.send("company", {"key": "K-1", "name": "某公司"})
    house.send("customer", {"key": "C-1", "name": NAME, "phones": [NUMBER], "address": ADDRESS, "company": "K-1"})
    house.send("customer", {"key": "C-1", "name": NAME, "phones": [NUMBER, SECOND], "address": ADDRESS})
    house.send("customer", {"key": "C-2", "name": OTHER_NAME, "phones": [OTHER]})
    house.send(
        "lead", {"key": "lead 13912345678", "created_at": "2026-09-01T10:00:00+08:00", "phone": NUMBER, "name": NAME}
    )
    house.send(
        "consent",
        {
            "at": "2026-09-01T10:00:00+08:00",
            "purpose": "call",
            "given": True,
            "phone": "139 1234 5678",
            "evidence": f"signed by {NAME}",
        },
    )
    house.send(
        "complaint",
        {
            "received_at": "2026-09-02T10:00:00+08:00",
            "phone": NUMBER,
            "reason": f"call 13912345678 {NAME}",
            "text": NAME,
        },
    )
    call = {
        "direction": "out",
        "dialed_at": "2026-09-03T10:00:00+08:00",
        "result": "human",
        "talk_seconds": 90,
        "agent": "A7",
        "answered_at": "2026-09-03T10:00:05+08:00",
    }
    house.send(
        "call",
        {"key": "c1", "called": "13912345678", **call},
        {"key": "c2", "called": SECOND, **call},
        {"key": "c3", "called": OTHER, **call},
    )
    refused = [{"key": "bad", "at": "whenever", "purpose": "call", "given": True, "phone": "139-1234-5678"}]
    deliver(house.store, workspace=house.workspace.id, kind_name="consent", source="crm", records=refused)
    file = house.home.parent / "calls.csv"
    rows = (
        f"c7,呼出,2026/3/5 9:00:00,2026/3/5 9:00:08,2026/3/5 9:01:08,139 1234 5678,A1,已接,60,{NAME}",
        f"c8,呼出,2026/3/5 9:00:00,2026/3/5 9:00:08,2026/3/5 9:01:08,13500000005,A1,已接,60,{OTHER_NAME}",
    )
    head = "通话ID,呼叫方向,开始时间,接通时间,结束时间,客户号码,坐席工号,通话结果,通话时长,姓名"
    file.write_bytes("\n".join((head, *rows, "")).encode("gb18030"))
    assert import_file(house.store, house.workspace, "call", file).tally.created == 2
    upload = house.home / "uploads" / str(house.workspace.id) / ("a" * 24)
    upload.mkdir(parents=True)
    (upload / "calls.csv").write_bytes(file.read_bytes())
    with house.store.write() as connection:
        moment = datetime(2026, 9, 16, 2, 0, tzinfo=UTC)
        assert ask_gate(connection, workspace=house.workspace.id, ask=Ask(number=SECOND), at=moment).allowed
    assert DecisionTeller(house.store, Arrivals()).look() == 1
    house.answers.follow_all()
    house.answers.export(house.workspace.id)


def everything(house: House) -> dict[str, bytes]:
    """The bytes of every file, and what is packed in them: raw payloads, each text of warehouse and lake."""
    found = {str(path.relative_to(house.home)): path.read_bytes() for path in house.home.rglob("*") if path.is_file()}
    with sqlite3.connect(house.home / STORE_FILE) as connection:
        for number, payload in connection.execute("SELECT id, payload FROM raw_payload"):
            with pa.CompressedInputStream(pa.BufferReader(payload), "zstd") as stream:
                found[f"raw {number}"] = stream.read()
    connection.close()
    for path in house.home.rglob("*.parquet"):
        found[f"inside {path.name}"] = repr(duckdb.sql(f"SELECT * FROM '{path}'").fetchall()).encode()
    for path in house.home.rglob("*.duckdb"):
        with duckdb.connect(str(path), read_only=True) as warehouse:
            for (table,) in warehouse.execute("SELECT table_name FROM duckdb_tables()").fetchall():
                found[f"inside {path.name} {table}"] = repr(
                    warehouse.execute(f'SELECT * FROM "{table}"').fetchall()
                ).encode()
    return found


def where(files: dict[str, bytes]) -> dict[str, list[bytes]]:
    return {name: hits for name, content in files.items() if (hits := [trace for trace in TRACES if trace in content])}


def test_no_byte_of_number_or_name_is_left(house: House) -> None:
    fill(house)
    with house.store.read() as connection:
        known = see_person(connection, workspace=house.workspace.id, identity=PERSON)
    assert {one["value"] for one in known["known_by"]} >= {NUMBER, SECOND, "C-1"}
    assert {kind: len(facts) for kind, facts in known["facts"].items()} == {
        "customer": 2, "lead": 1, "consent": 1, "complaint": 1, "call": 3, "decision": 1,
    }  # fmt: skip
    before = figures(house)
    house.answers.close()
    held = where(everything(house))
    assert any(name.startswith(STORE_FILE) for name in held), "the search finds what is there"
    assert any(name.startswith("raw ") for name in held)
    assert any("duckdb" in name for name in held), "a reason somebody typed was copied"
    house.answers = Warehouses(house.store, house.settings)
    house.answers.follow_all()
    with house.store.write() as connection:
        request = open_request(connection, workspace=house.workspace.id, kind="delete", identity=PERSON)

    report = house.erase(request=request)

    assert (report.numbers, report.facts, report.uploads, report.left) == (2, 9, 1, ())
    assert figures(house) == before, "figures stay"
    house.answers.close()
    house.store.close()
    files = everything(house)
    assert where(files) == {}
    assert any(OTHER_NAME.encode() in content for content in files.values()), "others stay"
    store = Store(house.settings.url)
    with store.write() as connection:
        answer = ask_gate(connection, workspace=house.workspace.id, ask=Ask(number=SECOND))
        [done] = requests_of(connection, workspace=house.workspace.id)
    store.close()
    assert answer.reasons[0].code == "erased"
    assert (done.status, done.done_by) == ("done", COMMAND.name)


def figures(house: House) -> list[tuple[object, ...]]:
    house.answers.follow_all()
    with house.answers._of(house.workspace.id).reading() as (cursor, _):
        return cursor.execute("SELECT count(*), count(DISTINCT contact_id), sum(talk_seconds) FROM call").fetchall()


def test_what_others_have_too_names_nobody_and_takes_nothing_of_theirs(house: House) -> None:
    """A common name, a common word: uploads of others stay, and no file is told to hold the person still."""
    for key, phone in (("C-1", NUMBER), ("C-2", OTHER)):
        house.send("customer", {"key": key, "name": "张伟", "phones": [phone], "address": "上海"})
    house.send("complaint", {"received_at": "2026-09-02T10:00:00+08:00", "phone": NUMBER, "reason": "ok"})
    theirs = house.home / "uploads" / str(house.workspace.id) / ("b" * 24) / "leads.csv"
    theirs.parent.mkdir(parents=True)
    theirs.write_text("姓名,电话,备注\n张伟,13500000005,look at Shanghai\n", encoding="utf-8")
    house.answers.follow_all()
    report = house.erase()
    assert (report.uploads, report.left) == (0, ())
    assert theirs.exists()
    with house.store.read() as connection:
        names = connection.execute(text("SELECT name FROM fact_customer ORDER BY source_key")).scalars().all()
    assert names == [None, "张伟"]


def test_nobody_under_legal_hold_and_nobody_unknown_is_deleted(house: House) -> None:
    fill(house)
    with house.store.write() as connection:
        hold_person(connection, workspace=house.workspace.id, identity=("phone", SECOND), reason="lawsuit 7")
    with pytest.raises(Conflict, match="legal_hold"):
        house.erase()
    with house.store.read() as connection, pytest.raises(NotFound, match="no_person"):
        see_person(connection, workspace=house.workspace.id, identity=("phone", "+8613000000000"))
    house.answers.close()
    assert where(everything(house))


def test_words_of_agents_about_a_lead_go_with_the_person(house: House) -> None:
    """Why a lead was given to another, given back or rejected is free text; the steps themselves are never changed."""
    house.send("lead", {"key": "L-1", "created_at": "2026-09-01T10:00:00+08:00", "phone": NUMBER, "name": NAME})
    moment, number = datetime(2026, 9, 16, 2, 0, tzinfo=UTC), house.workspace.id
    judge = leads.Scores().judge(number)
    leads.take_in(house.store, workspace=number, judge=judge, clock=lambda: moment)
    words = f"{NAME} 13912345678"
    with house.store.write() as connection:
        for agent in ("an", "bo"):
            seat = leads.Seat(agent=agent, sales=agent == "bo")
            leads.keep_seat(connection, workspace=number, seat=seat, at=moment)
        pool = leads.keep_pool(connection, workspace=number, pool=leads.Pool(name="公海"))
        (lead,) = (one.id for one in leads.list_cases(connection, workspace=number, limit=9))
        said = {"workspace": number, "lead": lead, "at": moment}
        leads.reassign(connection, agent="an", by="boss", reason=f"reassigned {words}", **said)
        leads.hand_over(connection, agent="an", to="bo", live=False, **said)
        leads.decide(connection, agent="bo", accepted=False, reason=f"rejected {words}", **said)
        leads.release(connection, agent="an", pool=pool, reason=f"released {words}", **said)

    def tell(workspace: int, kind: str, records: list[dict[str, object]]) -> None:
        deliver(house.store, workspace=workspace, kind_name=kind, source="desk", records=records)

    while leads.tell_facts(house.store, tell):
        pass
    kept = b"".join(everything(house).values())
    assert all(f"{kind} {words}".encode() in kept for kind in ("reassigned", "rejected", "released"))
    assert house.erase().left == ()
    house.answers.close()
    house.store.close()
    assert where(everything(house)) == {}


def test_a_request_deletes_nobody_but_who_made_it(house: House) -> None:
    """What another person demanded, or only to see, is no ground to delete (R13); any number of the person is."""
    fill(house)
    with house.store.write() as connection:
        theirs = open_request(connection, workspace=house.workspace.id, kind="delete", identity=("phone", OTHER))
        to_see = open_request(connection, workspace=house.workspace.id, kind="see", identity=PERSON)
        own = open_request(connection, workspace=house.workspace.id, kind="delete", identity=("phone", SECOND))
    for request, code in ((theirs, "other_person"), (to_see, "other_request")):
        with pytest.raises(InvalidInput, match=code):
            house.erase(request=request)
    with pytest.raises(NotFound, match="no_request"):
        house.erase(request=own + 1)
    with house.store.read() as connection:
        assert see_person(connection, workspace=house.workspace.id, identity=PERSON)["facts"]["lead"]
        assert {one.status for one in requests_of(connection, workspace=house.workspace.id)} == {"open"}
    assert house.erase(request=own).facts == 9
    with house.store.read() as connection:
        found = {one.id: one.status for one in requests_of(connection, workspace=house.workspace.id)}
    assert found == {theirs: "open", to_see: "open", own: "done"}


def test_every_table_says_what_it_keeps_of_people() -> None:
    """A table that is no fact calls ``holds_personal`` in its room, so that an erasure knows of it."""
    facts = {kind.table.name for kind in wiring.KINDS.values()}
    silent = set(METADATA.tables) - facts - set(declared_personal())
    assert silent == set(), "call holds_personal(table, columns…) below the table; without columns it keeps nothing"


def test_numbers_of_other_countries_are_erased_on_both_databases(
    store: Store, workspace: Workspace, tmp_path: Path
) -> None:
    customer = {"key": "C-9", "name": NAME, "phones": ["+33612345678"]}
    deliver(store, workspace=workspace.id, kind_name="customer", source="crm", records=[customer])
    identity = ("phone", "+33612345678")
    settings = Settings(home=tmp_path)
    report = erase_person(store, settings, None, workspace=workspace.id, identity=identity, actor=COMMAND)
    assert (report.facts, report.lines, report.left) == (1, 1, ())
    with store.read() as connection:
        assert "欧阳" not in repr(connection.exec_driver_sql("SELECT * FROM fact_customer").fetchall())
        assert "612345678" not in repr(connection.exec_driver_sql("SELECT * FROM party").fetchall())
