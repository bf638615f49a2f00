"""What an agent writes down of a lead: remarks, and things to do that nothing else plans (S3-18, S3-38)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from huasuan.kernel.errors import InvalidInput, NotFound
from huasuan.kernel.text import Text
from huasuan.kernel.time import from_micros, to_micros
from huasuan.leads.cases import case_of, no_lead, note
from huasuan.leads.desk_tables import REMARK, TASK
from huasuan.leads.types import Case

_LONGEST = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """What an agent wrote of a lead in their own words."""

    id: int
    at: datetime
    agent: str
    text: str


def remark(connection: Connection, *, workspace: int, lead: int, agent: str, text: str, at: datetime) -> None:
    """Write a remark on one's own lead; it goes with the person when they are erased.

    Raises
    ------
    InvalidInput
        ``bad_remark``
    NotFound
        ``no_lead_here``
    """
    case = case_of(connection, workspace=workspace, lead=lead)
    if case.owner != agent:
        raise no_lead()
    write_remark(connection, workspace=workspace, case=case, agent=agent, text=text, at=at)


def write_remark(connection: Connection, *, workspace: int, case: Case, agent: str, text: str, at: datetime) -> None:
    """The remark itself, by whoever may write it: the owner of the lead, or who talked about it just now.

    Raises
    ------
    InvalidInput
        ``bad_remark``
    """
    if not text.strip() or len(text) > _LONGEST:
        raise InvalidInput(
            "bad_remark",
            Text(zh=f"备注为空或超过 {_LONGEST} 字", en=f"the remark is empty or longer than {_LONGEST} characters"),
        )
    detail = kept_words(connection, workspace=workspace, case=case, agent=agent, text=text, at=at)
    note(connection, workspace=workspace, lead=case.id, kind="noted", at=at, agent=agent, detail=detail)


def kept_words(
    connection: Connection, *, workspace: int, case: Case, agent: str, text: str, at: datetime
) -> dict[str, object]:
    """What the detail of a step holds of free words about a lead: the number of the remark that keeps them.

    Steps are never changed, so words that may name the person stay out of them; the remark goes when they are erased.
    Without words nothing is kept.
    """
    if not text.strip():
        return {}
    made = connection.execute(
        insert(REMARK)
        .values(workspace=workspace, lead=case.id, party=case.party, agent=agent, at=to_micros(at), text=text.strip())
        .returning(REMARK.c.id)
    )
    return {"remark": int(made.scalar_one())}


def remarks_of(connection: Connection, *, workspace: int, lead: int) -> Mapping[int, str]:
    """The remarks on a lead by their number."""
    return {one.id: one.text for one in remarks_about(connection, workspace=workspace, lead=lead)}


def remarks_about(connection: Connection, *, workspace: int, lead: int) -> Sequence[Remark]:
    """The remarks on a lead in their order."""
    rows = connection.execute(
        select(REMARK).where(REMARK.c.workspace == workspace, REMARK.c.lead == lead).order_by(REMARK.c.id)
    )
    return [Remark(id=row.id, at=from_micros(row.at), agent=row.agent, text=row.text) for row in rows]


def add_task(
    connection: Connection, *, workspace: int, lead: int, agent: str, due_at: datetime, text: str, at: datetime
) -> int:
    """Something to do about one's own lead by a time; its number.

    Raises
    ------
    InvalidInput
        ``bad_task``
    NotFound
        ``no_lead_here``
    """
    case = case_of(connection, workspace=workspace, lead=lead)
    if case.owner != agent:
        raise no_lead()
    if due_at <= at or not text.strip():
        raise InvalidInput(
            "bad_task",
            Text(zh="待办需要内容和以后的时间", en="a task needs its text and a time to come"),
        )
    made = connection.execute(
        insert(TASK)
        .values(
            workspace=workspace, lead=lead, party=case.party, agent=agent, kind="task", why=text.strip(),
            due_at=to_micros(due_at), made_at=to_micros(at),
        )
        .returning(TASK.c.id)
    )  # fmt: skip
    return int(made.scalar_one())


def end_task(connection: Connection, *, workspace: int, task: int, agent: str, at: datetime) -> None:
    """A task of one's own is done.

    Raises
    ------
    NotFound
        ``no_task_here``
    """
    done = connection.execute(
        update(TASK)
        .where(
            TASK.c.workspace == workspace, TASK.c.id == task, TASK.c.agent == agent, TASK.c.kind == "task",
            TASK.c.done_at.is_(None),
        )
        .values(done_at=to_micros(at))
    )  # fmt: skip
    if done.rowcount != 1:
        raise _no_task()


def remark_number(detail: Mapping[str, object]) -> int | None:
    """The remark a step tells of, if it tells of one."""
    number = detail.get("remark")
    return number if isinstance(number, int) else None


def _no_task() -> NotFound:
    return NotFound("no_task_here", Text(zh="没有这条待办", en="there is no such task"))
