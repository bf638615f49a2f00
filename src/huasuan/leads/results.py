"""What may come of a call, by flags that mean the same everywhere, and what happens to the lead then."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Connection, func, insert, select, update

from huasuan.kernel.errors import InvalidInput, NotFound
from huasuan.kernel.text import Text
from huasuan.kernel.time import from_micros, to_micros
from huasuan.leads.desk_tables import RESULT, SCRIPT

# As the well-known dialers flag them; a sale and a refusal count as contacts here, which theirs leave out.
FLAGS = (
    "human_answered", "customer_contact", "sale", "not_interested", "dnc", "unworkable", "scheduled_callback",
    "completed", "answering_machine",
)  # fmt: skip
BREAKS = {
    "rest": Text(zh="小休", en="rest"),
    "meal": Text(zh="用餐", en="meal"),
    "meeting": Text(zh="会议", en="meeting"),
    "training": Text(zh="培训", en="training"),
    "other": Text(zh="其他", en="other"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One result an agent may choose. again_minutes: call again after so long (0: not by itself); hotkey: one key."""

    code: str
    zh: str
    en: str
    flags: frozenset[str] = frozenset()
    again_minutes: int = 0
    hotkey: str = ""
    active: bool = True


def _result(code: str, zh: str, en: str, flags: str, hotkey: str, again: int = 0) -> Result:  # noqa: PLR0917  a table
    return Result(code=code, zh=zh, en=en, flags=frozenset(flags.split()), hotkey=hotkey, again_minutes=again)


_CONTACT = "human_answered customer_contact"
USUAL: tuple[Result, ...] = (
    _result("sale", "成交", "sale", f"{_CONTACT} sale completed", "1"),
    _result("interested", "有意向，继续跟进", "interested, follow up", _CONTACT, "2"),
    _result("callback", "约定回拨", "call back as agreed", f"{_CONTACT} scheduled_callback", "3"),
    _result("no_answer", "无人接听", "no answer", "", "4", 240),
    _result("busy", "忙", "busy", "", "5", 30),
    _result("not_interested", "无意向", "not interested", f"{_CONTACT} not_interested completed", "6"),
    _result("refused", "拒绝来电", "do not call again", f"{_CONTACT} dnc completed", "7"),
    _result("wrong_number", "空号或错号", "wrong number", "unworkable completed", "8"),
    _result("machine", "语音信箱", "answering machine", "answering_machine", "9", 240),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """A version of what to say: how to begin, and the questions in their order. ``{name}`` and the like are filled."""

    name: str
    version: int
    opening: str
    questions: tuple[str, ...]


def results_of(connection: Connection, *, workspace: int) -> Sequence[Result]:
    """The results agents choose from: the usual ones, with the workspace's own in their place or behind."""
    found = {one.code: one for one in USUAL}
    rows = connection.execute(select(RESULT).where(RESULT.c.workspace == workspace).order_by(RESULT.c.id))
    for row in rows:
        said: dict[str, Any] = orjson.loads(row.content)
        said["flags"] = frozenset(said["flags"])
        found[row.code] = Result(**said)
    return list(found.values())


def result_named(connection: Connection, *, workspace: int, code: str) -> Result:
    """The result of that code.

    Raises
    ------
    NotFound
        ``no_result_here``
    """
    for one in results_of(connection, workspace=workspace):
        if one.code == code and one.active:
            return one
    raise NotFound("no_result_here", Text(zh="没有这种通话结果", en="there is no such result"))


def keep_result(connection: Connection, *, workspace: int, result: Result) -> None:
    """Make or change a result.

    Raises
    ------
    InvalidInput
        ``bad_result``
    """
    unknown = sorted(result.flags - set(FLAGS))
    if not result.code.strip() or not result.zh.strip() or not result.en.strip() or unknown or len(result.hotkey) > 1:
        raise InvalidInput(
            "bad_result",
            Text(zh="结果需要代码、中英文名称与已知标记", en="a result needs a code, both names and known flags"),
            Text(zh=f"标记：{'、'.join(FLAGS)}", en=f"Flags: {', '.join(FLAGS)}"),
        )
    content = orjson.dumps({**asdict(result), "flags": sorted(result.flags)}).decode()
    mine = (RESULT.c.workspace == workspace, RESULT.c.code == result.code)
    if connection.execute(update(RESULT).where(*mine).values(content=content)).rowcount == 0:
        connection.execute(insert(RESULT).values(workspace=workspace, code=result.code, content=content))


def scripts_of(connection: Connection, *, workspace: int) -> Sequence[Script]:
    """The newest version of every script, by name."""
    newest = (
        select(SCRIPT.c.name, func.max(SCRIPT.c.version).label("version"))
        .where(SCRIPT.c.workspace == workspace)
        .group_by(SCRIPT.c.name)
        .subquery()
    )
    rows = connection.execute(
        select(SCRIPT)
        .join(newest, (SCRIPT.c.name == newest.c.name) & (SCRIPT.c.version == newest.c.version))
        .where(SCRIPT.c.workspace == workspace)
        .order_by(SCRIPT.c.name)
    )
    found = []
    for row in rows:
        said = orjson.loads(row.content)
        found.append(
            Script(name=row.name, version=row.version, opening=said["opening"], questions=tuple(said["questions"]))
        )
    return found


def script_versions(connection: Connection, *, workspace: int, name: str) -> Sequence[tuple[Script, datetime]]:
    """Every version of a script with the moment from which it was in use, the newest first."""
    rows = connection.execute(
        select(SCRIPT)
        .where(SCRIPT.c.workspace == workspace, SCRIPT.c.name == name)
        .order_by(SCRIPT.c.version.desc())
        .limit(200)
    )
    found = []
    for row in rows:
        said = orjson.loads(row.content)
        script = Script(name=row.name, version=row.version, opening=said["opening"], questions=tuple(said["questions"]))
        found.append((script, from_micros(row.at)))
    return found


def version_in_use(connection: Connection, *, workspace: int, name: str, version: int | None) -> int:
    """The version of a script a call is made by: the one named if there is it, else the newest.

    Raises
    ------
    NotFound
        ``no_script_here``
    """
    kept = list(
        connection.execute(
            select(SCRIPT.c.version).where(SCRIPT.c.workspace == workspace, SCRIPT.c.name == name)
        ).scalars()
    )
    if not kept:
        raise NotFound("no_script_here", Text(zh="没有这个话术", en="there is no such script"))
    return version if version is not None and version in kept else max(kept)


def keep_script(
    connection: Connection, *, workspace: int, name: str, opening: str, questions: Sequence[str], at: datetime
) -> int:
    """The next version of a script; its number. What was said by older ones stays known (S0-36).

    Raises
    ------
    InvalidInput
        ``bad_script``
    """
    if not name.strip() or not opening.strip():
        raise InvalidInput("bad_script", Text(zh="话术需要名称和开场白", en="a script needs a name and an opening"))
    version = 1 + int(
        connection.execute(
            select(func.coalesce(func.max(SCRIPT.c.version), 0)).where(
                SCRIPT.c.workspace == workspace, SCRIPT.c.name == name.strip()
            )
        ).scalar_one()
    )
    content = orjson.dumps({"opening": opening, "questions": [one for one in questions if one.strip()]}).decode()
    connection.execute(
        insert(SCRIPT).values(
            workspace=workspace, name=name.strip(), version=version, content=content, at=to_micros(at)
        )
    )
    return version
