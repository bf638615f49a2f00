"""Made from the table of routes: every address × every role × another workspace, so that a new one is covered too."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Connection, select

from app.people.visitors import House, found_owner, house, settle
from huasuan import leads
from huasuan.app.develop.docs import _described
from huasuan.app.http.routes import Address, addresses
from huasuan.connectors.webhook import WEBHOOK
from huasuan.consent import Override, hold_person, keep_override, open_request, put_dnc_list, register_caller
from huasuan.intake import deliver
from huasuan.journeys import Conversion, Missed, Target, claim, keep_target, lines_of, note_missed, queue
from huasuan.kernel.text import Text
from huasuan.kernel.time import now, zone
from huasuan.numbers import (
    Calendar,
    SiteSettings,
    Wanted,
    add_number,
    arrange,
    callbacks,
    create_pool,
    create_site,
    form_token,
)
from huasuan.people import (
    COMMAND,
    RIGHTS,
    Right,
    Role,
    Vault,
    Workspace,
    WorkspaceSettings,
    ask_export,
    create_api_key,
    create_workspace,
    key_of_secret,
    record,
)
from huasuan.reports import STANDARD, Viewer, annotate, comment_on, save_report, save_view
from huasuan.store import METADATA, News, Store

# Whoever adds an address to these says that everybody in the world may use it.
OPEN = {
    ("GET", "/"),
    ("GET", "/{path:path}"),
    ("GET", "/docs"),
    ("GET", "/api/v1/health"),
    ("GET", "/api/v1/sign-in"),
    ("POST", "/api/v1/sign-in"),
    ("POST", "/api/v1/set-up"),
    ("POST", "/api/v1/invitation"),
    ("GET", "/api/v1/sign-in/openid"),
    ("GET", "/api/v1/sign-in/openid/back"),
    ("POST", "/api/v1/track"),
    ("POST", "/api/v1/callback"),
    ("GET", "/api/v1/form/{key}"),
    ("POST", "/api/v1/form/{key}"),
    ("GET", "/opt-out/{workspace}/{token}"),
    ("POST", "/opt-out/{workspace}/{token}"),
}
ADDRESSES = tuple(addresses(_described()))
GUARDED = tuple(one for one in ADDRESSES if (one.method, one.path) not in OPEN)
IN_WORKSPACE = tuple(one for one in GUARDED if one.rights)
SECRET = "secret-of-the-others"  # noqa: S105
NUMBER = "13987654321"
CALLER = "+862162001234"
_SOLD = datetime(2026, 7, 1, tzinfo=UTC)
_NAMED = re.compile(r"\{(\w+)\}")
_NAMED_BOTH = {"zh": "报表", "en": "report"}
_REPORT = {
    "title": _NAMED_BOTH,
    "meaning": _NAMED_BOTH,
    "kind": "missed",
    "sections": [{"key": "all", "title": _NAMED_BOTH, "metrics": ["missed"]}],
}
_QUERIES = {
    "/api/v1/leads/scripts/versions": "name=s",
    "/api/v1/contacts/person": "number=13987654321",
    "/api/v1/desk/pop": "number=13900000001",
    "/api/v1/ask": "metric=dials",
    "/api/v1/behind": "metric=dials",
}
_LIST = {"numbers": ["13900000001"]}
# The body names a person, and only the others know that one.
_OF_A_PERSON = {"/api/v1/contacts/person"} | {f"/api/v1/persons/{what}" for what in ("see", "erase", "release")}
# The body names a thing of the others: a site, a call.
_IN_THE_BODY = {("PUT", "/api/v1/leads/forms"), ("POST", "/api/v1/calls/tags")}
# What the very request of these tests takes besides: nobody gives a role more than one has.
_RIGHTS_BESIDES = {
    "/api/v1/behind/csv": frozenset({Right.FIGURES_READ, Right.FACTS_READ}),
    "/api/v1/users": frozenset(RIGHTS[Role.AGENT]),
}
_BODIES: dict[tuple[str, str], object] = {
    ("POST", "/api/v1/gate/check"): {"number": "13900000001"},
    ("POST", "/api/v1/gate/ask"): {"number": "13900000001"},
    ("POST", "/api/v1/gate/use"): {"permit": "none"},
    ("POST", "/api/v1/gate/refusals"): {"number": "13900000001"},
    ("POST", "/api/v1/gate/count"): {"list": "L", "at": "2026-09-16T02:00:00Z"},
    ("POST", "/api/v1/calling-rules/own"): {
        "rule": "R06",
        "country": "CN",
        "parameters": {"gap_minutes": 600},
        "reason": "r",
    },
    ("PUT", "/api/v1/callers"): {"number": "02112345678", "evidence": "contract 7"},
    ("POST", "/api/v1/consents/of"): {"number": "13900000001"},
    ("POST", "/api/v1/consents"): {"number": "13900000001", "purpose": "marketing", "given": True},
    ("POST", "/api/v1/opt-outs"): {"number": "13900000001"},
    ("POST", "/api/v1/opt-outs/reply"): {"number": "13900000001", "text": "TD"},
    ("POST", "/api/v1/opt-outs/link"): {"number": "13900000001"},
    ("PUT", "/api/v1/do-not-call/{name}"): _LIST,
    ("POST", "/api/v1/persons/requests"): {"number": "13900000001", "kind": "delete"},
    ("POST", "/api/v1/persons/requests/{demand}/close"): {"outcome": "handed over"},
    ("POST", "/api/v1/persons/see"): {"number": NUMBER},
    ("POST", "/api/v1/persons/erase"): {"number": NUMBER},
    ("POST", "/api/v1/persons/hold"): {"number": "13900000001", "reason": "r"},
    ("POST", "/api/v1/persons/release"): {"number": NUMBER},
    ("POST", "/api/v1/contacts/merges"): {"one": "13900000001", "other": "13900000002", "reason": "same voice"},
    ("POST", "/api/v1/ask"): {"metrics": ["dials"]},
    ("POST", "/api/v1/behind/csv"): {"metrics": ["dials"]},
    ("POST", "/api/v1/behind"): {"metrics": ["dials"]},
    ("POST", "/api/v1/facts/{kind}"): [
        {"key": "k", "direction": "out", "dialed_at": "2026-07-01T02:00:00Z", "called": "13900000001"}
    ],
    ("POST", "/api/v1/exports"): {"kind": "call"},
    ("POST", "/api/v1/users"): {"email": "new@example.com", "name": "New", "role": "agent"},
    ("PATCH", "/api/v1/users/{user}"): {"team": "T"},
    ("POST", "/api/v1/files/{file}/preview"): {"kind": "call"},
    ("POST", "/api/v1/keys"): {"name": "new", "rights": ["keys.write"]},
    ("POST", "/api/v1/calls/{number}/comments"): {"note": "call back"},
    ("POST", "/api/v1/views"): {"name": "mine", "path": "/roi"},
    ("POST", "/api/v1/annotations"): {"first_day": "2026-07-01", "note": "a campaign began"},
    ("POST", "/api/v1/returns"): {"key": "return-1", "deal": "D1", "kind": "returned", "day": "2026-07-02"},
    ("PATCH", "/api/v1/settings"): {"settings": {"target_seconds": "70"}},
    ("POST", "/api/v1/call-rules/preview"): {"preset": "long_cycle"},
    ("PUT", "/api/v1/call-rules"): {"settings": {"target_seconds": "70"}},
    ("POST", "/api/v1/calls/{number}/tag"): {"call_class": "junk"},
    ("POST", "/api/v1/calls/tags"): {"calls": [1], "call_class": "junk"},
    ("POST", "/api/v1/desk/presence"): {"state": "ready"},
    ("POST", "/api/v1/desk/leads/{lead}/call"): {},
    ("POST", "/api/v1/desk/result"): {"result": "busy"},
    ("PUT", "/api/v1/desk/leads/{lead}/quality"): {"need": 50},
    ("POST", "/api/v1/desk/leads/{lead}/rating"): {"rating": 3},
    ("POST", "/api/v1/desk/leads/{lead}/complaint"): {"reason": "r"},
    ("POST", "/api/v1/desk/leads/{lead}/meetings"): {"starts_at": "2036-01-01T00:00:00Z"},
    ("POST", "/api/v1/desk/meetings/{meeting}/move"): {"starts_at": "2036-01-01T00:00:00Z"},
    ("POST", "/api/v1/desk/meetings/{meeting}/cancel"): {"reason": "r"},
    ("POST", "/api/v1/desk/leads/{lead}/release"): {"pool": 1, "reason": "r"},
    ("POST", "/api/v1/desk/leads/{lead}/hand-over"): {"to": "a"},
    ("POST", "/api/v1/desk/leads/{lead}/decision"): {"accepted": True},
    ("POST", "/api/v1/desk/leads/{lead}/remarks"): {"text": "r"},
    ("POST", "/api/v1/desk/leads/{lead}/tasks"): {"due_at": "2036-01-01T00:00:00Z", "text": "r"},
    ("POST", "/api/v1/desk/leads"): {"phone": "13900000001", "origin": "fair"},
    ("PUT", "/api/v1/journeys/goals"): {"goal": "sale", "model": "linear", "lookback_days": 30},
    ("PUT", "/api/v1/conversions/targets"): {
        "name": "t",
        "address": "https://a.example/told",
        "secrets": {"secret": "ssssssss"},
        "goals": ["sale"],
    },
    ("PUT", "/api/v1/leads/rules"): {"name": "r"},
    ("PUT", "/api/v1/leads/seats"): {"agent": "a"},
    ("PUT", "/api/v1/leads/settings"): {
        **dict.fromkeys(("fresh_days", "decide_days", "attempts_most", "protect_days", "outcome_days"), 7),
        **{f"wanted_{name}": [] for name in ("industries", "regions", "interests")},
        "follow_days": [1],
        "wrap_seconds": 30,
        "leads_from_calls": "all",
    },
    ("PUT", "/api/v1/leads/pools"): {"name": "p"},
    ("PUT", "/api/v1/leads/forms"): {
        "name": "f",
        "site": 1,
        "consent_zh": "我同意就此事与我联系。可随时撤回。",
        "consent_en": "You may contact me about this.",
    },
    ("PUT", "/api/v1/leads/origins"): {"list": "l", "supplier": "s", "collected": "c", "consent": "c", "evidence": "e"},
    ("PUT", "/api/v1/leads/results"): {"code": "r", "zh": "甲", "en": "r"},
    ("PUT", "/api/v1/leads/scripts"): {"name": "s", "opening": "o"},
    ("POST", "/api/v1/leads/{lead}/owner"): {"agent": "a", "reason": "r"},
    ("POST", "/api/v1/callbacks/{callback}/outcome"): {"outcome": "withdrawn"},
    ("POST", "/api/v1/tracking/sites"): {"name": "s", "settings": {"origins": ["https://a.example"]}},
    ("PATCH", "/api/v1/tracking/sites/{site}"): {"name": "t", "settings": {"origins": ["https://a.example"]}},
    ("POST", "/api/v1/tracking/sites/{site}/pools"): {"name": "p", "replaces": "4008001234"},
    ("PATCH", "/api/v1/tracking/pools/{pool}"): {"name": "p", "replaces": "4008001234"},
    ("PATCH", "/api/v1/tracking/numbers/{number}"): {"price": "30"},
    ("POST", "/api/v1/tracking/numbers"): {"numbers": ["02162000001"], "kind": "own"},
    ("POST", "/api/v1/reports"): _REPORT,
    ("PUT", "/api/v1/reports/{report}"): _REPORT,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Town:
    """Two workspaces in one house: the visitors belong to ``ours``; ``things`` are what ``theirs`` is made of."""

    house: House
    store: Store
    ours: int
    theirs: int
    visitors: dict[Role, TestClient]
    things: dict[str, object]


@pytest.fixture(scope="module")
def town(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    folder = tmp_path_factory.mktemp("town")
    (folder / "store.sqlite").write_bytes(sqlite_template.read_bytes())
    store = Store.at(folder / "store.sqlite")
    with store.write() as connection:
        ours = create_workspace(connection, name="ours", settings=WorkspaceSettings())
    found_owner(store)
    with store.write() as connection:
        theirs = create_workspace(connection, name=SECRET, settings=WorkspaceSettings())
    things = _their_things(store, theirs, folder)
    with house(store, folder, live_seconds=0) as here:
        visitors = {}
        for role in Role:
            settle(store, email=f"{role}@example.com", workspace=ours.id, role=role) if role is not Role.OWNER else None
            visitors[role] = here.signed_in(f"{role}@example.com")
        yield Town(house=here, store=store, ours=ours.id, theirs=theirs.id, visitors=visitors, things=things)
    store.close()


def _demanded(connection: Connection, workspace: int) -> dict[str, object]:
    """A person's request, while the person's data are held."""
    identity = ("phone", f"+86{NUMBER}")
    register_caller(connection, workspace=workspace, number=CALLER, evidence=SECRET)
    return {
        "hold": hold_person(connection, workspace=workspace, identity=identity, reason=SECRET),
        "demand": open_request(connection, workspace=workspace, kind="see", identity=identity),
    }


def _their_things(store: Store, theirs: Workspace, folder: Path) -> dict[str, object]:
    """One of everything that an address may name, each with the secret in it."""
    user = settle(store, email=f"{SECRET}@example.com", workspace=theirs.id, role=Role.READ_ONLY)
    call = {"key": SECRET, "direction": "out", "dialed_at": "2026-07-01T02:00:00Z", "called": NUMBER, "agent": SECRET}
    delivery = deliver(store, workspace=theirs.id, kind_name="call", source=SECRET, records=[call], origin="test")
    with store.write() as connection:
        rule = leads.keep_rule(connection, workspace=theirs.id, rule=leads.Rule(name=SECRET))
        key = key_of_secret(connection, create_api_key(connection, workspace=theirs.id, name=SECRET))
        export = ask_export(
            connection,
            workspace=theirs.id,
            actor=COMMAND,
            kind="call",
            wanted={"kind": "call", "from": None, "to": None, "unmasked": False},
            rows=1,
            reason=SECRET,
            limit=0,
        )
        site = create_site(
            connection, workspace=theirs.id, name=SECRET, settings=SiteSettings(origins=("https://theirs.example",))
        )
        pool = create_pool(connection, workspace=theirs.id, site=site.id, name=SECRET, replaces="4008001234")
        number = add_number(connection, workspace=theirs.id, number="+862162009999", kind="own")
        put_dnc_list(connection, workspace=theirs.id, name=SECRET, source=SECRET, as_of=_SOLD, numbers=[f"+86{NUMBER}"])
        record(connection, actor=COMMAND, action="settings.changed", workspace=theirs.id, target=SECRET)
    with store.write() as connection:
        viewer = Viewer(workspace=theirs.id, account=user, team=None)
        view = save_view(connection, viewer, author=SECRET, name=SECRET, path="/roi", search=SECRET, shared="workspace")
        day = date(2026, 7, 1)
        note = annotate(
            connection, workspace=theirs.id, account=user, author=SECRET, first_day=day, last_day=day, note=SECRET
        )
        said = comment_on(
            connection, workspace=theirs.id, call=1, account=user, author=SECRET, note=SECRET, second=None
        )
        report = save_report(connection, workspace=theirs.id, definition=STANDARD["missed"], actor=SECRET)
        hook, line = _told(connection, theirs.id, Vault(folder / "secrets.key"))
        wanted = Wanted(number=f"+86{NUMBER}", at=None, visit="", form=form_token(site), language="zh")
        calendar = Calendar(hours=(), zone=zone("Asia/Shanghai"))
        arrange(connection, site=site, wanted=wanted, calendar=calendar, at=now(), tell=News().tell)
        (asked,) = callbacks(connection, workspace=theirs.id, at=now())
        stricter = Override(rule="R06", country="CN", parameters={"gap_minutes": 600}, reason=SECRET)
        named = _demanded(connection, theirs.id) | {"session": 1, "registered": CALLER}
        own = keep_override(connection, workspace=theirs.id, override=stricter, legal_basis="", by=SECRET)
    named |= {"callback": asked.id, "line": line, "target": hook, "view": view, "annotation": note, "comment": said}
    return named | {
        "report": report,
        "kind": "call",
        "name": SECRET,
        "batch": delivery.batch,
        "user": user,
        "key": key.id,
        "export": export.id,
        "rule": rule,
        "site": site.id,
        "pool": pool.id,
        "number": number.id,
        "goal": "sale",
        "override": own.id,
    }


def _told(connection: Connection, workspace: int, vault: Vault) -> tuple[int, int]:
    """A receiver of conversions and a line for it that failed."""
    hook = Target(
        name=SECRET, platform="webhook", address="https://a.example", secrets={"secret": SECRET}, goals=("sale",),
        since=_SOLD,
    )  # fmt: skip
    hook = replace(hook, id=keep_target(connection, workspace=workspace, target=hook, platform=WEBHOOK, vault=vault))
    sale = Conversion(key=SECRET, goal="sale", happened_at=_SOLD, value_minor=100, currency="CNY")
    queue(connection, workspace=workspace, target=hook, platform=WEBHOOK, found=[sale], since=_SOLD, at=now())
    batch = claim(connection, target=hook, platform=WEBHOOK, at=now())
    assert batch is not None
    missed = Missed(code="x", text=Text(zh=SECRET, en=SECRET), for_good=True)
    note_missed(connection, batch=batch, missed=missed, at=now(), knows_repeats=True)
    (line,) = lines_of(connection, workspace=workspace)
    return hook.id, line.id


def _send(visitor: TestClient, address: Address, town: Town, workspace: int | None) -> tuple[int, str]:
    """Status and body, with the things of the others put into the path."""
    # What the others have first of everything is number 1: their delivery, call, contact and import.
    path = _NAMED.sub(lambda found: str(town.things.get(found[1], 1)), address.path)
    query = [_QUERIES.get(address.path, ""), "" if workspace is None else f"workspace={workspace}"]
    answer = visitor.request(
        address.method,
        f"{path}?{'&'.join(part for part in query if part)}",
        json=_BODIES.get((address.method, address.path)),
    )
    return answer.status_code, answer.text


def _state(store: Store, workspace: int) -> dict[str, list[tuple[object, ...]]]:
    """Everything the others have, row by row, of every table that knows workspaces."""
    owned = {table.name: table.c.get("workspace") for table in METADATA.sorted_tables}
    owned["workspace"] = METADATA.tables["workspace"].c.id
    with store.read() as connection:
        return {
            name: sorted(map(tuple, connection.execute(select(column.table).where(column == workspace))), key=repr)
            for name, column in owned.items()
            if column is not None
        }


def _names(found: tuple[Address, ...]) -> list[str]:
    return [f"{one.method} {one.path}" for one in found]


def test_every_address_demands_something_or_is_meant_to_be_open() -> None:
    assert len(GUARDED) > 25
    without = [one for one in GUARDED if not (one.rights or one.own or one.command or one.scraper)]
    assert _names(tuple(without)) == []


@pytest.mark.parametrize("address", GUARDED, ids=_names(GUARDED))
def test_a_stranger_is_told_nothing(town: Town, address: Address) -> None:
    status, body = _send(town.house.browser(), address, town, None)
    assert status == (403 if address.command or address.scraper else 401)
    assert SECRET not in body


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("address", IN_WORKSPACE, ids=_names(IN_WORKSPACE))
def test_another_workspace_does_not_exist(town: Town, address: Address, role: Role) -> None:
    before = _state(town.store, town.theirs)

    status, body = _send(town.visitors[role], address, town, town.theirs)

    assert status == 404, body
    assert SECRET not in body
    assert NUMBER[-8:] not in body
    assert _state(town.store, town.theirs) == before


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("address", IN_WORKSPACE, ids=_names(IN_WORKSPACE))
def test_a_role_may_what_its_rights_say_and_reaches_nothing_of_the_others(
    town: Town, address: Address, role: Role
) -> None:
    before = _state(town.store, town.theirs)
    named = set(_NAMED.findall(address.path)) - {"kind", "goal"}
    if "name" in named:  # both have a list of that name; ours alone is meant
        named.remove("name")
        assert town.visitors[Role.OWNER].put(f"/api/v1/do-not-call/{SECRET}", json=_LIST).status_code == 200

    status, body = _send(town.visitors[role], address, town, town.ours)

    if not RIGHTS[role] & set(address.rights):
        assert status == 403, body
    elif (
        named or address.path in _OF_A_PERSON or (address.method, address.path) in _IN_THE_BODY
    ):  # it is a thing of the others that was named
        assert status == 404, body
    else:
        assert status not in {401, 404}, body
        assert status < 500, body
        # A role with one right of an address may still lack what this very request takes: costs alone send no calls.
        assert status != 403 or (address.path, role) == ("/api/v1/facts/{kind}", Role.MARKETER), body
    assert SECRET not in body
    assert NUMBER[-8:] not in body
    assert _state(town.store, town.theirs) == before


@pytest.mark.parametrize("address", IN_WORKSPACE, ids=_names(IN_WORKSPACE))
def test_a_key_does_what_its_rights_say_in_its_own_workspace_alone(town: Town, address: Address) -> None:
    with town.store.write() as connection:
        rights = frozenset(address.rights) | _RIGHTS_BESIDES.get(address.path, frozenset())
        able = create_api_key(connection, workspace=town.ours, name="able", rights=rights)
        others = frozenset(RIGHTS[Role.OWNER]) - set(address.rights)
        unable = create_api_key(connection, workspace=town.ours, name="unable", rights=others)

    assert _send(town.house.with_key(able), address, town, town.ours)[0] not in {401, 403}
    assert _send(town.house.with_key(unable), address, town, town.ours)[0] == 403
    assert _send(town.house.with_key(able), address, town, town.theirs)[0] == 404


@pytest.mark.parametrize("address", [one for one in GUARDED if one.own], ids=lambda one: f"{one.method} {one.path}")
def test_what_belongs_to_a_person_is_not_for_keys(town: Town, address: Address) -> None:
    with town.store.write() as connection:
        secret = create_api_key(connection, workspace=town.ours, name="all", rights=RIGHTS[Role.OWNER])
    assert _send(town.house.with_key(secret), address, town, None)[0] == 403


@pytest.mark.parametrize("address", [one for one in GUARDED if one.method != "GET"], ids=lambda one: one.operation)
@pytest.mark.parametrize("headers", [{}, {"Origin": "https://evil.example"}, {"Origin": "null"}], ids=str)
def test_a_foreign_page_cannot_use_the_cookie(town: Town, address: Address, headers: dict[str, str]) -> None:
    signed = town.visitors[Role.OWNER]
    foreign = town.house.visitor(headers)
    foreign.cookies.update(signed.cookies)
    status, body = _send(foreign, address, town, town.ours)
    assert status == 403, body
    assert signed.get("/api/v1/me").status_code == 200
