"""Runs migrations on the connection that `huasuan.store.migrate` hands over; there is no configuration file."""

from alembic import context

from huasuan.store.tables import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    # SQLite too undoes CREATE TABLE on a rollback, so a migration happens entirely or not at all.
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
