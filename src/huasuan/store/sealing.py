"""Rows that nobody changes: the database refuses it, so that no fault of the program can either."""

from sqlalchemy import Connection, inspect

from huasuan.store.tables import append_only_tables

_REFUSE = """
CREATE OR REPLACE FUNCTION huasuan_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'append-only: huasuan changes no row of this table'; END $$
"""


def seal(connection: Connection) -> None:
    """Put the triggers on the append-only tables that are there; harmless to repeat."""
    present = set(inspect(connection).get_table_names())
    for table in append_only_tables():
        if table in present:
            step = _seal_postgres if connection.dialect.name == "postgresql" else _seal_sqlite
            step(connection, table)


def _seal_sqlite(connection: Connection, table: str) -> None:
    for event in ("UPDATE", "DELETE"):
        connection.exec_driver_sql(
            f"CREATE TRIGGER IF NOT EXISTS {table}_no_{event.lower()} BEFORE {event} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        )


def _seal_postgres(connection: Connection, table: str) -> None:
    connection.exec_driver_sql(_REFUSE)
    connection.exec_driver_sql(
        f"CREATE OR REPLACE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION huasuan_append_only()"
    )
