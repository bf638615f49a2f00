"""The bus: told in the transaction in which it happened, or not at all."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import Connection, text

from huasuan.facts.news import CallbackAsked
from huasuan.store import News, Store

ASKED = CallbackAsked(
    workspace=1,
    source_system="tracking",
    source_key="k",
    number="+8613900000000",
    due_at=datetime(2026, 7, 1, tzinfo=UTC),
    in_hours=True,
)


def test_listeners_of_a_kind_hear_it_in_the_transaction_of_whoever_tells(store: Store) -> None:
    news, heard = News(), []
    news.hear(CallbackAsked, lambda _, record: heard.append(record.source_key))
    news.hear(str, lambda _, record: heard.append(record))

    def write(connection: Connection, _: CallbackAsked) -> None:
        connection.execute(text("INSERT INTO lease_clock (boot, \"offset\") VALUES ('told', 1)"))

    news.hear(CallbackAsked, write)

    def told_and_gone_wrong() -> None:
        with store.write() as connection:
            news.tell(connection, ASKED)
            raise LookupError

    with pytest.raises(LookupError):
        told_and_gone_wrong()
    with store.read() as connection:
        assert connection.execute(text("SELECT count(*) FROM lease_clock WHERE boot = 'told'")).scalar_one() == 0
    with store.write() as connection:
        news.tell(connection, ASKED)
        news.tell(connection, 5)
    with store.read() as connection:
        assert connection.execute(text("SELECT count(*) FROM lease_clock WHERE boot = 'told'")).scalar_one() == 1
    assert heard == ["k", "k"]
