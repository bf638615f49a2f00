"""Somebody on a page asks to be called back: when that will be, and what is written down at once (S2-13).

The request, the consent in it and the lead it becomes are told to the door by the thread that tells of visits and
leases; who calls asks the gate first, as for every lead. A number is taken once a day and site, however often it is
sent. Whoever is not believed is answered with the number to call instead, and nothing is written.
"""

import hashlib
import hmac
import secrets
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import orjson
from sqlalchemy import Connection, func, select
from sqlalchemy.dialects import postgresql, sqlite

from huasuan.consent import CALLBACK, Ask, explain
from huasuan.facts.news import CallbackAsked
from huasuan.kernel.errors import InvalidInput
from huasuan.kernel.text import Text
from huasuan.kernel.time import from_micros, to_micros
from huasuan.numbers.rules import is_own_page, is_robot
from huasuan.numbers.tables import CALLBACK_WANTED, VISIT_LOG
from huasuan.numbers.types import Asker, Site
from huasuan.numbers.when_to_call import Hours, call_time, open_from
from huasuan.store import Tell

SOURCE = "tracking"
# A form was shown so long before it is sent: nobody types a number quicker, no page stays open longer.
_QUICKEST, _SLOWEST = 1.0, 6 * 3600.0
_HOUR = timedelta(hours=1)
_AT_HOME = "+86"
_KEY_DIGITS, _TOKEN_BYTES, _NONCE_BYTES = 24, 12, 8
# What people told us and their entry in a list of ours: typing somebody's number into a page takes none of it back.
_STANDS = frozenset({"opted_out", "erased", "refused", "listed", "consent_withdrawn", "too_young"})
# How often opening hours and calling rules may push a call further before it is left where it is.
_ROUNDS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a page sends: ``number`` in E.164 form, ``at`` when the call is wanted (None: as soon as possible).

    ``form``: what the service said when the form was shown; it can be used for one number.
    """

    number: str
    at: datetime | None
    visit: str
    form: str
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """When the business calls: its hours (none: always open) and its time zone."""

    hours: Hours
    zone: ZoneInfo


@dataclass(frozen=True, slots=True, kw_only=True)
class Arranged:
    """When the call will be tried, and whether the business is open right now."""

    at: datetime
    in_hours: bool


def is_welcome(site: Site, asker: Asker) -> bool:
    """Whether this may be a visitor of a page that offers callbacks."""
    settings = site.settings
    return settings.callback and not is_robot(asker.program) and is_own_page(asker.origin, settings.origins)


def form_token(site: Site, *, at: float | None = None) -> str:
    """What a form must be sent with: it tells when it was shown, and holds for one number."""
    said = f"{int(time.time() if at is None else at)}.{secrets.token_hex(_NONCE_BYTES)}"
    return f"{said}.{_signed(site, said)}"


def is_form(site: Site, token: str, *, at: float | None = None) -> bool:
    """Whether a form was shown by us, neither a moment nor hours ago."""
    said, _, signature = token.rpartition(".")
    shown, _, nonce = said.partition(".")
    if not (shown.isascii() and shown.isdigit() and len(shown) < 12 and nonce):
        return False
    age = (time.time() if at is None else at) - int(shown)
    genuine = hmac.compare_digest(signature.encode(), _signed(site, said).encode())
    return genuine and _QUICKEST <= age <= _SLOWEST


def check_number(number: str) -> None:
    """Refuse what the page may not have called.

    Raises
    ------
    InvalidInput
        ``callback_abroad``
    """
    if not number.startswith(_AT_HOME):
        # Calls abroad are dear, and pages are open to anybody.
        raise InvalidInput(
            "callback_abroad",
            Text(zh="只能回拨中国大陆的固话和手机", en="only numbers of mainland China can be called back"),
            Text(zh="请填写手机或固话号码。", en="Give a mobile or landline number."),
        )


def is_full(connection: Connection, *, site: Site, at: datetime) -> bool:
    """Whether the site took as many requests within the hour as it may."""
    query = select(func.count()).where(
        CALLBACK_WANTED.c.site == site.id, CALLBACK_WANTED.c.requested_at > to_micros(at - _HOUR)
    )
    return int(connection.execute(query).scalar_one()) >= site.settings.callback_most


def arrange(
    connection: Connection, *, site: Site, wanted: Wanted, calendar: Calendar, at: datetime, tell: Tell
) -> Arranged | None:
    """Write the request down; a number that asked on that day already is told what was arranged then.

    None where the form was sent before with another number: nothing is written.

    Raises
    ------
    InvalidInput
        ``bad_callback_time``, ``callback_abroad``
    """
    check_number(wanted.number)
    found = call_time(wanted.at, hours=calendar.hours, zone=calendar.zone, now=at)
    due, forbidden = _allowed(connection, site, wanted.number, found.at, calendar)
    key = _key(site, wanted.number, at.astimezone(calendar.zone))
    row = {
        "workspace": site.workspace,
        "site": site.id,
        "key": key,
        "form": wanted.form.rpartition(".")[0],
        "number": wanted.number,
        "about": orjson.dumps(_about(connection, site, wanted)).decode(),
        "requested_at": to_micros(at),
        "due_at": to_micros(due),
        "in_hours": found.in_hours,
        "blocked": forbidden,
        "attempts": 0,
        "revision": 1,
        "delivered": 0,
    }
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    made = connection.execute(dialect.insert(CALLBACK_WANTED).values(row).on_conflict_do_nothing()).rowcount
    kept = connection.execute(
        select(CALLBACK_WANTED.c.due_at, CALLBACK_WANTED.c.in_hours).where(
            CALLBACK_WANTED.c.workspace == site.workspace, CALLBACK_WANTED.c.key == key
        )
    ).first()
    if kept is None:
        return None
    arranged = Arranged(at=from_micros(kept.due_at), in_hours=bool(kept.in_hours))
    if made and forbidden is None:
        tell(
            connection,
            CallbackAsked(
                workspace=site.workspace,
                source_system=SOURCE,
                source_key=key,
                number=wanted.number,
                due_at=arranged.at,
                in_hours=arranged.in_hours,
            ),
        )
    return arranged


def _allowed(
    connection: Connection, site: Site, number: str, moment: datetime, calendar: Calendar
) -> tuple[datetime, str | None]:
    """The first moment from then on that hours and calling rules allow; or what forbids it for good."""
    due = moment
    for _ in range(_ROUNDS):
        answer = explain(connection, workspace=site.workspace, ask=Ask(number=number, purpose=CALLBACK), at=due)
        stands = [reason.code for reason in answer.reasons if reason.code in _STANDS]
        if stands:
            return moment, stands[0]
        # The consent is in the request itself; it is not among the facts yet.
        ends = [reason.until for reason in answer.reasons if reason.until is not None and reason.until > due]
        if not ends:
            break
        due = open_from(max(ends), calendar.hours, calendar.zone)
    return due, None


def _about(connection: Connection, site: Site, wanted: Wanted) -> dict[str, object]:
    """Which visit asked, where that came from, and in which language."""
    row = connection.execute(
        select(VISIT_LOG.c.visitor, VISIT_LOG.c.about).where(
            VISIT_LOG.c.site == site.id, VISIT_LOG.c.key == wanted.visit
        )
    ).first()
    said: dict[str, object] = {"language": wanted.language, "site_name": site.name}
    return said if row is None else orjson.loads(row.about) | said | {"visitor": row.visitor}


def _key(site: Site, number: str, local: datetime) -> str:
    """One a number, site and day; the number cannot be read from it."""
    day = f"{local:%Y-%m-%d}"
    digest = hmac.new(site.secret.encode(), f"{number} {day}".encode(), hashlib.sha256).hexdigest()
    return f"callback:{site.id}:{day}:{digest[:_KEY_DIGITS]}"


def _signed(site: Site, said: str) -> str:
    return hmac.new(site.secret.encode(), f"form {said}".encode(), hashlib.sha256).digest()[:_TOKEN_BYTES].hex()
