"""Hashes of conversations get a key; requests and questions know their turn; room for the longest ids of vendors."""

import hashlib

import sqlalchemy as sa
from alembic import context, op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

WIDER = (("feedback", "turn", 64, 128), ("inbox", "sender", 128, 160), ("outbox", "sender", 128, 160), ("handoffs", "sender", 128, 160))
HASHED = ("questions", "feedback", "handoffs", "erased")
TURNS = ("questions", "handoffs")


def widen(back=False):
    # SQLite holds text of any length, whatever its column says; to change what it says, it would have to write each table anew.
    if op.get_bind().dialect.name == "sqlite":
        return
    for table, column, before, after in WIDER:
        op.alter_column(table, column, type_=sa.String(length=before if back else after), existing_nullable=False)


def upgrade():
    widen()
    for table in TURNS:
        op.add_column(table, sa.Column("turn", sa.String(length=128), nullable=True))
        op.create_index(f"ix_{table}_conversation_turn", table, ["conversation", "turn"], unique=True)
    key, bind = context.config.attributes["pseudonym_key"], op.get_bind()
    for table in HASHED:
        plain = bind.execute(sa.text(f"select distinct conversation from {table}")).scalars().all()
        changes = [
            {"old": held, "new": hashlib.blake2b(held.encode("ascii"), digest_size=16, key=key).hexdigest()} for held in plain
        ]
        if changes:
            bind.execute(sa.text(f"update {table} set conversation = :new where conversation = :old"), changes)


def downgrade():
    # The hashes keep their key: without it they cannot be made again, and nothing else reads them.
    for table in TURNS:
        op.drop_index(f"ix_{table}_conversation_turn", table)
        op.drop_column(table, "turn")
    widen(back=True)
