"""Numbers of requests and notices are given out once; what is left of an erased message's id gets a key."""

import hashlib

import sqlalchemy as sa
from alembic import context, op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

LEFT = "erased:"


def upgrade():
    key, bind = context.config.attributes["pseudonym_key"], op.get_bind()
    # As bot.store.inbox.erased_id makes them, at the time of this migration.
    ids = bind.execute(sa.text("select id, message_id from inbox where state = 'erased'")).all()
    changes = [{"id": number, "new": LEFT + _keyed(held[len(LEFT) :], key)} for number, held in ids if held.startswith(LEFT)]
    if changes:
        bind.execute(sa.text("update inbox set message_id = :new where id = :id"), changes)
    if bind.dialect.name == "sqlite":  # the sequences of other databases never give a number twice
        write_anew(sqlite_autoincrement=True)


def downgrade():
    if op.get_bind().dialect.name == "sqlite":
        write_anew()


def _keyed(plain, key):
    return hashlib.blake2b(plain.encode("ascii"), digest_size=16, key=key).hexdigest()


def write_anew(**how):
    """Make both tables anew with what they hold: SQLite cannot change how one counts."""
    for table in ("notices", "handoffs"):  # in this order: with a request its notices would go
        op.execute(f"create table {table}_held as select * from {table}")
        op.drop_table(table)
    op.create_table(
        "handoffs",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("conversation", sa.String(length=32), nullable=False),
        sa.Column("sender", sa.String(length=160), nullable=False),
        sa.Column("channel", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("contact_kind", sa.String(length=10), nullable=False),
        sa.Column("contact", sa.String(length=254), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("consented_at", sa.DateTime(), nullable=False),
        sa.Column("turn", sa.String(length=128), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        **how,
    )
    op.create_index("ix_handoffs_conversation", "handoffs", ["conversation"])
    op.create_index("ix_handoffs_state", "handoffs", ["state"])
    op.create_index("ix_handoffs_conversation_turn", "handoffs", ["conversation", "turn"], unique=True)
    op.create_table(
        "notices",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("handoff_id", sa.Integer(), nullable=False),
        sa.Column("medium", sa.String(length=10), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(), nullable=False),
        sa.Column("sent_at", sa.DateTime(), nullable=True),
        sa.Column("error", sa.String(length=200), nullable=True),
        sa.ForeignKeyConstraint(["handoff_id"], ["handoffs.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("handoff_id", "medium"),
        **how,
    )
    op.create_index("ix_notices_due_at", "notices", ["due_at"])
    for table, columns in (
        ("handoffs", "id, conversation, sender, channel, name, contact_kind, contact, question, state, consented_at, turn"),
        ("notices", "id, handoff_id, medium, tries, due_at, sent_at, error"),
    ):
        op.execute(f"insert into {table} ({columns}) select {columns} from {table}_held")
        op.drop_table(f"{table}_held")
