"""Who is told of conversions: accounts at platforms with their secrets locked, and what hinders a whole account."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, get_args

import orjson
from sqlalchemy import Connection, insert, select, update

from huasuan.journeys.conversions import Goal
from huasuan.journeys.outbox_tables import TARGET
from huasuan.journeys.platforms import AccountField, Missed, Platform, Target
from huasuan.kernel.errors import InvalidInput, NotFound
from huasuan.kernel.text import Text
from huasuan.kernel.time import from_micros, now, to_micros
from huasuan.people import Vault


def targets_of(
    connection: Connection, *, workspace: int | None = None, vault: Vault | None = None
) -> Sequence[tuple[int, Target]]:
    """Targets by name, each with its workspace; their secrets only where the vault is given.

    Raises
    ------
    Broken
        ``secrets_key_missing``
    """
    query = select(TARGET).order_by(TARGET.c.workspace, TARGET.c.name)
    if workspace is not None:
        query = query.where(TARGET.c.workspace == workspace)
    return [(row.workspace, _target(row, vault)) for row in connection.execute(query)]


def keep_target(
    connection: Connection,
    *,
    workspace: int,
    target: Target,
    platform: Platform,
    vault: Vault,
    at: datetime | None = None,
) -> int:
    """Make a target (``id`` 0) or change one; an empty secret leaves the one there is. Its number.

    A new target is told from its ``since`` on; a goal that is added to one there is, from ``at`` (now) on.

    Raises
    ------
    InvalidInput
        ``bad_target``, ``bad_account``
    NotFound
        ``no_target_here``
    """
    before = connection.execute(
        select(TARGET).where(TARGET.c.workspace == workspace, TARGET.c.id == target.id)
    ).one_or_none()
    if target.id and before is None:
        raise NotFound("no_target_here", Text(zh="没有这个目标", en="there is no such target"))
    taken = select(TARGET.c.id).where(
        TARGET.c.workspace == workspace, TARGET.c.name == target.name.strip(), TARGET.c.id != target.id
    )
    right = target.name.strip() and target.goals and set(target.goals) <= set(get_args(Goal)) and target.per_minute > 0
    if not right or connection.execute(taken).first() is not None:
        raise InvalidInput(
            "bad_target",
            Text(
                zh="目标需要不重复的名称和至少一个转化目标", en="a target needs a name of its own and one goal at least"
            ),
        )
    secrets: dict[str, str] = {} if before is None else _unlocked(before, vault)
    secrets |= {name: text for name, text in target.secrets.items() if text}
    _check_account(platform, target.account, secrets)
    said: dict[str, Any] = {
        "name": target.name.strip(),
        "platform": platform.name,
        "address": target.address,
        "account": orjson.dumps(dict(target.account)).decode(),
        "secrets": vault.lock(orjson.dumps(secrets).decode()),
        "goals": ",".join(target.goals),
        "goals_since": goals_from(before, target.goals, target.since if before is None else at or now()),
        "since": to_micros(target.since),
        "per_minute": target.per_minute,
        "active": target.active,
        # Whoever changes an account has mended it, or will soon be told again.
        "paused_until": 0,
        "trouble_zh": None,
        "trouble_en": None,
    }
    if before is None:
        made = insert(TARGET).values(workspace=workspace, **said).returning(TARGET.c.id)
        return int(connection.execute(made).scalar_one())
    connection.execute(update(TARGET).where(TARGET.c.workspace == workspace, TARGET.c.id == target.id).values(**said))
    return target.id


def goals_from(before: Any, goals: Iterable[Goal], moment: datetime) -> str:  # noqa: ANN401  a row of the store
    """From when on each goal is told, to be kept: as it was, and those that were not told before from a moment on."""
    known: dict[str, int] = {} if before is None else orjson.loads(before.goals_since)
    return orjson.dumps({goal: known.get(goal, to_micros(moment)) for goal in goals}).decode()


def note_trouble(connection: Connection, *, target: int, missed: Missed | None, until: datetime | None = None) -> None:
    """What hinders the whole target, and how long it is left alone; None: nothing does."""
    said: dict[str, Any] = {
        "trouble_zh": None if missed is None else missed.text.zh,
        "trouble_en": None if missed is None else missed.text.en,
    }
    if until is not None:
        said["paused_until"] = to_micros(until)
    connection.execute(update(TARGET).where(TARGET.c.id == target).values(**said))


def relock_targets(connection: Connection, *, vault: Vault) -> int:
    """Lock every target's secrets with the newest key of the vault; how many there are.

    Raises
    ------
    Broken
        ``secrets_key_missing``; then nothing is changed.
    """
    rows = connection.execute(select(TARGET.c.id, TARGET.c.secrets).with_for_update()).all()
    for row in rows:
        connection.execute(update(TARGET).where(TARGET.c.id == row.id).values(secrets=vault.relock(row.secrets)))
    return len(rows)


def any_locked_target(connection: Connection) -> str | None:
    """The locked secrets of one target, to try a key on."""
    return connection.execute(select(TARGET.c.secrets).limit(1)).scalar_one_or_none()


def _check_account(platform: Platform, account: Mapping[str, str], secrets: Mapping[str, str]) -> None:
    for one in platform.fields:
        value = (secrets if one.secret else account).get(one.name, "")
        if (value or one.required) and not re.fullmatch(one.pattern, value):
            raise _bad(one)
    known = {one.name: one for one in platform.fields}
    for given, secret in ((account, False), (secrets, True)):
        if strange := [name for name in given if name not in known or known[name].secret is not secret]:
            raise InvalidInput(
                "bad_account",
                Text(zh=f"{platform.title.zh} 没有 {strange[0]}", en=f"{platform.title.en} has no {strange[0]}"),
            )


def _bad(one: AccountField) -> InvalidInput:
    return InvalidInput(
        "bad_account",
        Text(zh=f"请填写正确的 {one.text.zh}", en=f"{one.text.en} is missing or malformed"),
        Text(zh=f"字段 {one.name}，格式 {one.pattern}", en=f"The field is {one.name}, its form {one.pattern}"),
    )


def _unlocked(row: Any, vault: Vault) -> dict[str, str]:  # noqa: ANN401  a row of the store
    found: dict[str, str] = orjson.loads(vault.unlock(row.secrets))
    return found


def _target(row: Any, vault: Vault | None) -> Target:  # noqa: ANN401  a row of the store
    return Target(
        id=row.id,
        name=row.name,
        platform=row.platform,
        address=row.address,
        account=orjson.loads(row.account),
        secrets={} if vault is None else _unlocked(row, vault),
        goals=tuple(row.goals.split(",")),
        goals_since={goal: from_micros(micros) for goal, micros in orjson.loads(row.goals_since).items()},
        since=from_micros(row.since),
        per_minute=row.per_minute,
        active=row.active,
        paused_until=from_micros(row.paused_until) if row.paused_until else None,
        trouble=None if row.trouble_en is None else Text(zh=row.trouble_zh, en=row.trouble_en),
    )
