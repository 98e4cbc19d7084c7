"""Alembic's entry: runs the migrations on the address that `bot.store.migrating` gives."""

from alembic import context

from bot.store.sessions import engine
from bot.store.tables import Base

with engine(context.config.attributes["url"]).connect() as connection:
    context.configure(connection=connection, target_metadata=Base.metadata, render_as_batch=True)
    with context.begin_transaction():
        context.run_migrations()
    connection.commit()
