"""What people send by a form on a page: checked, limited, and through the one door with the words they agreed to."""

import secrets
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from huasuan.intake import deliver, phone_number
from huasuan.kernel.errors import InvalidInput, TooOften
from huasuan.kernel.text import Text
from huasuan.kernel.time import now
from huasuan.leads import KeptForm, said_no
from huasuan.numbers import source_of
from huasuan.store import Store

SOURCE = "huasuan form"
_FROM_ONE, _WINDOW_SECONDS, _HOUR_SECONDS = 5, 600.0, 3600.0
_KEPT = 50_000
_TAKEN = ("name", "email", "company", "industry", "region", "interest")
_MARKS = ("channel", "source", "medium", "campaign", "ad_group", "keyword", "creative")
_LONGEST = {"interest": 500}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What a page sent: the fields by name, where it was, and who asked.

    once: the page's own number of this filling in, so that a request sent twice is one lead.
    """

    fields: Mapping[str, str]
    agreed: bool
    language: str
    page: str
    referrer: str
    visitor: str
    once: str
    address: str


class FormLimits:
    """At most five in ten minutes from one address and so many an hour by one form; safe from any thread."""

    def __init__(self) -> None:
        self._counting = threading.Lock()
        self._times: OrderedDict[tuple[str, str], deque[float]] = OrderedDict()

    def admit(self, kept: KeptForm, address: str) -> None:
        """Count one.

        Raises
        ------
        TooOften
            ``form_too_often``; then nothing is counted
        """
        moment = time.monotonic()
        key = kept.form.key
        asked = (((key, address), _FROM_ONE, _WINDOW_SECONDS), ((key, ""), kept.form.hourly, _HOUR_SECONDS))
        with self._counting:
            lists = []
            for name, most, window in asked:
                times = self._times.setdefault(name, deque())
                self._times.move_to_end(name)
                while times and times[0] <= moment - window:
                    times.popleft()
                if len(times) >= most:
                    raise _too_often(times[0] + window - moment)
                lists.append(times)
            for times in lists:
                times.append(moment)
            while len(self._times) > _KEPT:
                self._times.popitem(last=False)


def take_form(store: Store, *, kept: KeptForm, sent: Sent) -> None:
    """Write the consent, then the lead, so that whoever is given the lead may call it.

    Raises
    ------
    InvalidInput
        ``not_agreed``, ``field_too_long``, ``bad_phone`` …
    """
    if not sent.agreed:
        raise InvalidInput(
            "not_agreed",
            Text(zh="请先勾选同意", en="please tick that you agree first"),
            Text(zh="未经同意我们不会联系您。", en="Without it we may not contact you."),
        )
    phone = phone_number(sent.fields.get("phone", ""))
    moment = now().isoformat()
    key = f"{kept.form.key} {sent.once or secrets.token_urlsafe(12)}"
    consents = [
        {
            "key": f"{key} {purpose}",
            "at": moment,
            "purpose": purpose,
            "given": True,
            "phone": phone,
            "evidence": _evidence(kept, sent),
            "text_version": f"{kept.form.key} v{kept.form.version} {sent.language}",
        }
        for purpose in kept.form.purposes
    ]
    with store.read() as connection:
        refused = said_no(connection, workspace=kept.workspace, number=phone, at=now())
    # Typing the number of somebody who said no takes nothing back: the gate goes on refusing it.
    if not refused:
        _deliver(store, kept, "consent", consents)
    _deliver(store, kept, "lead", [_lead(kept, sent) | {"key": key, "created_at": moment, "phone": phone}])


def _lead(kept: KeptForm, sent: Sent) -> dict[str, object]:
    asked = {name: _short(name, sent.fields.get(name, "")) for name in _TAKEN if name in kept.form.fields}
    found = source_of(sent.page, sent.referrer)
    marks = {name: value[:200] for name in _MARKS if (value := getattr(found, name))}
    if kept.form.campaign:
        marks["campaign"] = kept.form.campaign
    said = {"origin": "form", "visitor": sent.visitor, **marks, **asked}
    return {name: value for name, value in said.items() if value}


def _short(name: str, value: str) -> str:
    plain = " ".join("".join(sign if sign.isprintable() else " " for sign in value).split())
    most = _LONGEST.get(name, 200)
    if len(plain) > most:
        raise InvalidInput(
            "field_too_long",
            Text(zh=f"内容太长：最多 {most} 字", en=f"too long: at most {most} characters"),
        )
    return plain


def _evidence(kept: KeptForm, sent: Sent) -> str:
    """Who agreed, where and from where: what has to be shown when somebody asks for proof (R02)."""
    page = urlsplit(sent.page)
    where = f"{page.scheme}://{page.netloc}{page.path}"[:500]
    return f"form {kept.form.name} v{kept.form.version}; page {where}; address {sent.address}; box ticked"


def _deliver(store: Store, kept: KeptForm, kind: str, records: list[dict[str, object]]) -> None:
    found = deliver(store, workspace=kept.workspace, kind_name=kind, source=SOURCE, records=records, origin="form")
    for outcome in found.outcomes:
        if outcome.status == "refused":
            text = outcome.text or Text(zh="无法接收", en="it cannot be taken")
            raise InvalidInput(outcome.code or "refused", text, outcome.remedy)


def _too_often(seconds: float) -> TooOften:
    return TooOften(
        "form_too_often",
        Text(zh="提交过于频繁", en="sent too often"),
        Text(zh="请稍后再试，或直接致电。", en="Try again later, or call us."),
        wait_seconds=max(1, round(seconds)),
    )
