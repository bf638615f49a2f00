"""Opting out, by whichever way: each comes in through the one door, and the gate asks about it from that moment on."""

from sqlalchemy import Connection

from huasuan.consent import opt_out_token, read_opt_out_token
from huasuan.facts.marks import Identity
from huasuan.intake import Delivery, deliver
from huasuan.kernel.errors import InvalidInput
from huasuan.kernel.text import Text
from huasuan.kernel.time import now
from huasuan.store import Store

SOURCE = "huasuan opt-out"
PAGE = "/opt-out"


def opt_out(
    store: Store, *, workspace: int, identity: Identity, via: str, call: str | None = None, agent: str | None = None
) -> None:
    """Write an opt-out down; when this returns no question to the gate lets the person be contacted any more (R03).

    Raises
    ------
    InvalidInput
        what the door said, if it did not take the opt-out
    """
    moment = now().isoformat()
    kind, value = identity
    said = {"key": f"{via} {value} {moment}", "received_at": moment, "blocked_at": moment, "via": via}
    record = said | {kind: value, "call": call, "agent": agent}
    delivery = deliver(
        store,
        workspace=workspace,
        kind_name="opt_out",
        source=SOURCE,
        records=[{name: value for name, value in record.items() if value is not None}],
        origin="opt-out",
    )
    accept(delivery)


def accept(delivery: Delivery) -> None:
    """Whoever is told that something was taken must be able to rely on it.

    Raises
    ------
    InvalidInput
        what the door said of the first record it refused
    """
    for outcome in delivery.outcomes:
        if outcome.status == "refused":
            refused = Text(zh="记录未被接受", en="the record was not taken")
            raise InvalidInput(outcome.code or "refused", outcome.text or refused, outcome.remedy)


def opt_out_address(connection: Connection, *, workspace: int, number: str) -> str:
    """The path of the page on which the bearer of a number opts out."""
    token = opt_out_token(connection, workspace=workspace, number=number)
    return f"{PAGE}/{workspace}/{token}"


def opt_out_by_link(store: Store, *, workspace: int, token: str) -> None:
    """Opt the number of a link out.

    Raises
    ------
    InvalidInput
        ``bad_token``
    """
    with store.read() as connection:
        number = read_opt_out_token(connection, workspace=workspace, token=token)
    opt_out(store, workspace=workspace, identity=("phone", number), via="web")


def check_link(store: Store, *, workspace: int, token: str) -> None:
    """Refuse a link that was not made here.

    Raises
    ------
    InvalidInput
        ``bad_token``
    """
    with store.read() as connection:
        read_opt_out_token(connection, workspace=workspace, token=token)
