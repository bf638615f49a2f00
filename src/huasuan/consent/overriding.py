"""What a business decides about a rule for itself: stricter as it likes, looser only on a stated legal basis."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

import orjson
from sqlalchemy import Connection, insert, select, update

from huasuan.consent.book import Override, check_override, hours, published
from huasuan.consent.queries import override_of
from huasuan.consent.tables import OVERRIDE
from huasuan.kernel.errors import InvalidInput, NotFound
from huasuan.kernel.text import Text
from huasuan.kernel.time import from_micros, now, to_micros

_MINUTE = 60
Stricter = Callable[[Any, Any], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnRule:
    """One decision with its number, who took it and when; ``loosens`` names what it makes looser than published."""

    id: int
    override: Override
    decided_by: str
    decided_at: datetime
    loosens: tuple[str, ...]


def loosened(override: Override) -> tuple[str, ...]:
    """The parameters by which a decision is, or may be, looser than some published version of its rule. Pure.

    What cannot be shown to be as strict counts as looser.
    """
    found: dict[str, None] = {}
    for rule in published().rules:
        if rule.id != override.rule:
            continue
        said: Mapping[str, Any] = asdict(rule.clauses[override.country].terms)
        for name, value in override.parameters.items():
            as_strict = _AS_STRICT.get(name)
            if value != said[name] and not (as_strict is not None and as_strict(_plain(value), _plain(said[name]))):
                found[name] = None
    return tuple(found)


def keep_override(connection: Connection, *, workspace: int, override: Override, legal_basis: str, by: str) -> OwnRule:
    """Write a decision down; it holds at once, with the next question to the gate. Its reason and basis are kept.

    Raises
    ------
    InvalidInput
        ``bad_rule_file``; ``no_legal_basis`` where it loosens something and no basis is stated
    """
    check_override(published(), override)
    if override.valid_from and override.valid_to and override.valid_from >= override.valid_to:
        raise InvalidInput("bad_period", Text(zh="结束日期须晚于开始日期", en="it would end before it begins"))
    looser, basis = loosened(override), legal_basis.strip()
    if looser and not basis:
        raise InvalidInput(
            "no_legal_basis",
            Text(
                zh=f"比公布的规则宽松：{'、'.join(looser)}",
                en=f"looser than the published rule: {', '.join(looser)}",
            ),
            Text(zh="请写明法律依据 legal_basis。", en="State the legal basis in legal_basis."),
        )
    at = now()
    reason = f"{override.reason.strip()} [{basis}]" if basis else override.reason.strip()
    number: int = connection.execute(
        insert(OVERRIDE)
        .values(
            workspace=workspace,
            rule=override.rule,
            country=override.country,
            parameters=orjson.dumps(override.parameters).decode(),
            reason=reason,
            valid_from=_iso(override.valid_from),
            valid_to=_iso(override.valid_to),
            decided_by=by,
            decided_at=to_micros(at),
        )
        .returning(OVERRIDE.c.id)
    ).scalar_one()
    return OwnRule(id=number, override=override, decided_by=by, decided_at=at, loosens=looser)


def end_override(connection: Connection, *, workspace: int, number: int, day: date) -> None:
    """From ``day`` on a decision holds no more; it stays readable, because calls were made by it.

    Raises
    ------
    NotFound
        ``no_override``
    """
    mine = (OVERRIDE.c.workspace == workspace, OVERRIDE.c.id == number)
    changed = connection.execute(update(OVERRIDE).where(*mine).values(valid_to=day.isoformat()))
    if not changed.rowcount:
        raise NotFound("no_override", Text(zh="没有这条自定规则", en="there is no such decision about a rule"))


def overrides_of(connection: Connection, *, workspace: int) -> list[OwnRule]:
    """Every decision, oldest first, also those that hold no more."""
    rows = connection.execute(select(OVERRIDE).where(OVERRIDE.c.workspace == workspace).order_by(OVERRIDE.c.id))
    found = [(row, override_of(row)) for row in rows]
    return [
        OwnRule(
            id=row.id,
            override=own,
            decided_by=row.decided_by,
            decided_at=from_micros(row.decided_at),
            loosens=loosened(own),
        )
        for row, own in found
    ]


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _plain(value: Any) -> Any:  # noqa: ANN401  a parameter as JSON has it
    return orjson.loads(orjson.dumps(value))


def _more(own: Any, said: Any) -> bool:  # noqa: ANN401
    return bool(own >= said)


def _less(own: Any, said: Any) -> bool:  # noqa: ANN401
    return bool(own <= said)


def _must(own: Any, said: Any) -> bool:  # noqa: ANN401
    return bool(own) or not said


def _may_not(own: Any, said: Any) -> bool:  # noqa: ANN401
    return not own or bool(said)


def _at_least(own: Collection[Any], said: Collection[Any]) -> bool:
    return all(one in own for one in said)


def _at_most(own: Collection[Any], said: Collection[Any]) -> bool:
    return all(one in said for one in own)


def _within(own: Collection[str], said: Collection[str]) -> bool:
    """Whether every minute that is open is open as published too."""
    return _minutes(own) <= _minutes(said)


def _minutes(windows: Collection[str]) -> set[tuple[int, int]]:
    return {
        (day, minute)
        for first, last, opens, closes in map(hours, windows)
        for day in range(first, last + 1)
        for minute in range(opens // _MINUTE, closes // _MINUTE)
    }


def _limits(own: Collection[Mapping[str, int]], said: Collection[Mapping[str, int]]) -> bool:
    """Whether every published limit is kept by one over the same span that allows no more."""
    return all(
        any(
            one.get("days", 0) == limit["days"]
            and one.get("hours", 0) == limit["hours"]
            and one["count"] <= limit["count"]
            for one in own
        )
        for limit in said
    )


_AS_STRICT: dict[str, Stricter] = {
    "mode": lambda own, said: own == "opt_in" or (own == "b2b_opt_out" and said == "opt_out"),
    "opt_in_voices": _at_least,
    "opt_in_purposes": _at_least,
    "contract_exempt": _may_not,
    "callback_days": _less,
    "evidence": _must,
    "keep_after_grant_days": _more,
    "keep_after_use_days": _more,
    "permanent": _must,
    "windows": _within,
    "holidays": _may_not,
    "lifted_by": _at_most,
    "limits": _limits,
    "gap_minutes": _more,
    "withheld": _may_not,
    "required": _must,
    "announce": _must,
    "both_consent": _must,
    "age_min": _more,
    "sla_days": _less,
    "egress": _may_not,
    "disclose": _must,
    "max_percent": _less,
    "message": _must,
    "script_check": _must,
    "template_check": _must,
    "audit": _must,
}
