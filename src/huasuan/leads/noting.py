"""What an agent writes down of a lead: remarks, and things to do that nothing else plans (S3-18, S3-38)."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from huasuan.kernel.errors import InvalidInput, NotFound
from huasuan.kernel.text import Text
from huasuan.kernel.time import to_micros
from huasuan.leads.cases import case_of, no_lead, note
from huasuan.leads.desk_tables import REMARK, TASK

_LONGEST = 2_000


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
    if not text.strip() or len(text) > _LONGEST:
        raise InvalidInput(
            "bad_remark",
            Text(zh=f"备注为空或超过 {_LONGEST} 字", en=f"the remark is empty or longer than {_LONGEST} characters"),
        )
    made = connection.execute(
        insert(REMARK)
        .values(workspace=workspace, lead=lead, party=case.party, agent=agent, at=to_micros(at), text=text.strip())
        .returning(REMARK.c.id)
    )
    detail = {"remark": int(made.scalar_one())}
    note(connection, workspace=workspace, lead=lead, kind="noted", at=at, agent=agent, detail=detail)


def remarks_of(connection: Connection, *, workspace: int, lead: int) -> Mapping[int, str]:
    """The remarks on a lead by their number."""
    rows = connection.execute(
        select(REMARK.c.id, REMARK.c.text).where(REMARK.c.workspace == workspace, REMARK.c.lead == lead)
    )
    return {row.id: row.text for row in rows}


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
    if case_of(connection, workspace=workspace, lead=lead).owner != agent:
        raise no_lead()
    if due_at <= at or not text.strip():
        raise InvalidInput(
            "bad_task",
            Text(zh="待办需要内容和以后的时间", en="a task needs its text and a time to come"),
        )
    made = connection.execute(
        insert(TASK)
        .values(
            workspace=workspace, lead=lead, agent=agent, kind="task", why=text.strip(), due_at=to_micros(due_at),
            made_at=to_micros(at),
        )
        .returning(TASK.c.id)
    )  # fmt: skip
    return int(made.scalar_one())


def lead_of_task(connection: Connection, *, workspace: int, task: int) -> int:
    """The lead a task is about.

    Raises
    ------
    NotFound
        ``no_task_here``
    """
    found = connection.execute(
        select(TASK.c.lead).where(TASK.c.workspace == workspace, TASK.c.id == task, TASK.c.kind == "task")
    ).scalar_one_or_none()
    if found is None:
        raise _no_task()
    return int(found)


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
        .returning(TASK.c.lead, TASK.c.why)
    ).first()  # fmt: skip
    if done is None:
        raise _no_task()


def remark_number(detail: Mapping[str, object]) -> int | None:
    """The remark a step tells of, if it tells of one."""
    number = detail.get("remark")
    return number if isinstance(number, int) else None


def _no_task() -> NotFound:
    return NotFound("no_task_here", Text(zh="没有这条待办", en="there is no such task"))
