"""Alembic's entry: runs the migrations on the address that `bot.store.migrating` gives."""

from alembic import context

from bot.store.sessions import engine
from bot.store.tables import Base

with engine(context.config.attributes["url"]).connect() as connection:
    # Alembic takes SQLite for a database whose changes of shape are no part of a transaction; as `bot.store.sessions` begins
    # them, they are.
    context.configure(connection=connection, target_metadata=Base.metadata, render_as_batch=True, transactional_ddl=True)
    with context.begin_transaction():
        context.run_migrations()
    connection.commit()
