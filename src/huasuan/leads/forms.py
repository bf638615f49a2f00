"""Forms on the business's own pages: what they ask, and the words people agree to, version by version (S3-31, S3-9)."""

import secrets
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any, Literal

import orjson
from sqlalchemy import Connection, Row, func, insert, select

from huasuan.kernel.errors import InvalidInput, NotFound
from huasuan.kernel.text import Text
from huasuan.kernel.time import from_micros, to_micros
from huasuan.leads.coming_tables import FORM

# Besides the number, which every form asks: nobody without one can be called.
FIELDS = ("name", "email", "company", "industry", "region", "interest")
_KEY_BYTES = 12
_LONGEST_CONSENT = 2000
Language = Literal["zh", "en"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadForm:
    """A version of a form.

    site: the site on whose pages it stands, which says from where it is believed. fields: what it asks besides the
    number. consent_zh, consent_en: the words that have to be ticked, empty in a language the form does not speak;
    purposes: what is agreed to by that.
    thanks_url: where a plain form leads afterwards; empty: a page of ours. hourly: at most so many leads an hour.
    """

    key: str = ""
    version: int = 0
    name: str
    site: int
    fields: tuple[str, ...] = ("name", "interest")
    consent_zh: str = ""
    consent_en: str = ""
    purposes: tuple[str, ...] = ("marketing",)
    title_zh: str = ""
    title_en: str = ""
    thanks_url: str = ""
    campaign: str = ""
    hourly: int = 200
    active: bool = True

    def language_for(self, wanted: str) -> Language:
        """The language it is shown in on a page of ``wanted``: that one, or the only one whose words there are."""
        first, other = (self.consent_en, self.consent_zh) if wanted == "en" else (self.consent_zh, self.consent_en)
        english = (wanted == "en") == bool(first or not other)
        return "en" if english else "zh"

    def words_in(self, language: str) -> str:
        """What has to be agreed to, in one of its languages."""
        return self.consent_en if language == "en" else self.consent_zh


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptForm:
    """A form with the workspace it belongs to and when this version began."""

    workspace: int
    form: LeadForm
    at: datetime


def keep_form(connection: Connection, *, workspace: int, form: LeadForm, at: datetime) -> LeadForm:
    """Make a form (``key`` empty), or the next version of one; consents of older versions keep their words.

    Raises
    ------
    InvalidInput
        ``bad_form``
    NotFound
        ``no_form_here``
    """
    _check(form)
    if form.key:
        present = next((one for one in forms_of(connection, workspace=workspace) if one.form.key == form.key), None)
        if present is None:
            raise no_form()
        kept = replace(form, version=present.form.version + 1)
    else:
        kept = replace(form, key=secrets.token_urlsafe(_KEY_BYTES), version=1)
    said = {name: value for name, value in asdict(kept).items() if name not in {"key", "version", "name"}}
    connection.execute(
        insert(FORM).values(
            workspace=workspace, key=kept.key, version=kept.version, name=kept.name, at=to_micros(at),
            content=orjson.dumps(said).decode(),
        )
    )  # fmt: skip
    return kept


def forms_of(connection: Connection, *, workspace: int) -> Sequence[KeptForm]:
    """The newest version of every form, by name."""
    return sorted(
        (_kept(row) for row in connection.execute(_newest().where(FORM.c.workspace == workspace))),
        key=lambda one: (one.form.name, one.form.key),
    )


def form_of(connection: Connection, *, key: str) -> KeptForm:
    """The form that a page names, in use.

    Raises
    ------
    NotFound
        ``no_form_here``
    """
    row = connection.execute(_newest().where(FORM.c.key == key)).first()
    kept = None if row is None else _kept(row)
    if kept is None or not kept.form.active:
        raise no_form()
    return kept


def no_form() -> NotFound:
    """The same answer for a form that does not exist and one that is not in use."""
    return NotFound("no_form_here", Text(zh="没有这个表单", en="there is no such form"))


def _newest() -> Any:  # noqa: ANN401  a select with its row's type
    newest = select(FORM.c.key, func.max(FORM.c.version).label("version")).group_by(FORM.c.key).subquery()
    return select(FORM).join(newest, (FORM.c.key == newest.c.key) & (FORM.c.version == newest.c.version))


def _kept(row: Row[Any]) -> KeptForm:
    said: dict[str, Any] = orjson.loads(row.content)
    for name in ("fields", "purposes"):
        said[name] = tuple(said[name])
    form = LeadForm(key=row.key, version=row.version, name=row.name, **said)
    return KeptForm(workspace=row.workspace, form=form, at=from_micros(row.at))


def _check(form: LeadForm) -> None:
    wrong = (
        not form.name.strip()
        or set(form.fields) - set(FIELDS)
        or not 1 <= form.hourly <= 100_000
        or not form.purposes
        or any(not one.strip() for one in form.purposes)
    )
    if wrong:
        raise InvalidInput(
            "bad_form",
            Text(
                zh="表单需要名称、已知字段、用途和每小时上限", en="a form needs a name, known fields, purposes, a limit"
            ),
            Text(zh=f"字段：{'、'.join(FIELDS)}", en=f"Fields: {', '.join(FIELDS)}"),
        )
    spoken = [words for words in (form.consent_zh, form.consent_en) if words]
    if not spoken or not all(10 <= len(words.strip()) <= _LONGEST_CONSENT for words in spoken):
        raise InvalidInput(
            "bad_form",
            Text(
                zh="同意文字须有中文或英文，每种 10 到 2000 字",
                en="the words of consent are needed in Chinese, English or both, 10 to 2,000 characters each",
            ),
            Text(
                zh="写明谁、为何、以何种方式联系，以及如何撤回。",
                en="Say who will contact people, what for, how, and how they take it back.",
            ),
        )
