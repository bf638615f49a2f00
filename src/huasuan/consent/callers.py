"""Numbers a business may call from, with the proof of the licence (R07)."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, update

from huasuan.consent.tables import CALLER
from huasuan.kernel.errors import InvalidInput, NotFound
from huasuan.kernel.text import Text
from huasuan.kernel.time import from_micros, now, to_micros


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisteredCaller:
    """A number of our own to call from; ``at_desk``: the one that calls of the desk show."""

    number: str
    evidence: str
    added_at: datetime
    at_desk: bool


def callers_of(connection: Connection, *, workspace: int) -> list[RegisteredCaller]:
    """The registered numbers, in their order."""
    rows = connection.execute(select(CALLER).where(CALLER.c.workspace == workspace).order_by(CALLER.c.number))
    return [
        RegisteredCaller(
            number=row.number, evidence=row.evidence, added_at=from_micros(row.added_at), at_desk=bool(row.at_desk)
        )
        for row in rows
    ]


def register_caller(
    connection: Connection, *, workspace: int, number: str, evidence: str, at_desk: bool = False
) -> None:
    """Register a number (E.164), or say anew how it is proven. From the first on no other number may be called from.

    Raises
    ------
    InvalidInput
        ``no_evidence``
    """
    if not evidence.strip():
        raise InvalidInput(
            "no_evidence",
            Text(zh="登记主叫号码须有许可证明", en="a caller number needs the proof of its licence"),
            Text(zh="请填写合同、许可或运营商证明的编号。", en="Name the contract, licence or the carrier's proof."),
        )
    mine = CALLER.c.workspace == workspace
    if at_desk:
        connection.execute(update(CALLER).where(mine).values(at_desk=False))
    said = {"evidence": evidence.strip(), "at_desk": at_desk}
    if not connection.execute(update(CALLER).where(mine, CALLER.c.number == number).values(**said)).rowcount:
        made = {"workspace": workspace, "number": number, "added_at": to_micros(now())}
        connection.execute(insert(CALLER).values(**made, **said))


def unregister_caller(connection: Connection, *, workspace: int, number: str) -> None:
    """Take a number off the register.

    Raises
    ------
    NotFound
        ``no_caller``
    """
    mine = (CALLER.c.workspace == workspace, CALLER.c.number == number)
    if not connection.execute(delete(CALLER).where(*mine)).rowcount:
        raise NotFound("no_caller", Text(zh=f"没有登记主叫号码 {number}", en=f"{number} is not registered"))


def desk_caller(connection: Connection, *, workspace: int) -> str | None:
    """The number that calls of the desk show, where one was chosen."""
    found: str | None = connection.execute(
        select(CALLER.c.number).where(CALLER.c.workspace == workspace, CALLER.c.at_desk.is_(True))
    ).scalar()
    return found
