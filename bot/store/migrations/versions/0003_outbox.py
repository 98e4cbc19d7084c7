"""The outbox; who is at a message of the inbox."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade():
    with op.batch_alter_table("inbox") as inbox:
        inbox.add_column(sa.Column("owner", sa.String(length=40), nullable=True))
        inbox.add_column(sa.Column("lease_until", sa.DateTime(), nullable=True))
        inbox.add_column(sa.Column("extra", sa.JSON(), nullable=False, server_default="{}"))
    op.create_table(
        "outbox",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("channel", sa.String(length=40), nullable=False),
        sa.Column("sender", sa.String(length=128), nullable=False),
        sa.Column("author", sa.String(length=10), nullable=False),
        sa.Column("reply_to", sa.String(length=128), nullable=True),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("entry_id", sa.String(length=80), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("created_at", sa.DateTime(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(), nullable=True),
        sa.Column("expires_at", sa.DateTime(), nullable=True),
        sa.Column("sent_at", sa.DateTime(), nullable=True),
        sa.Column("external_id", sa.String(length=256), nullable=True),
        sa.Column("error", sa.String(length=200), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("channel", "reply_to", "part"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_outbox_sender_id", "outbox", ["sender", "id"])
    op.create_index("ix_outbox_state_due_at", "outbox", ["state", "due_at"])
    op.create_index("ix_outbox_channel_external_id", "outbox", ["channel", "external_id"])


    op.create_table(
        "erased",
        sa.Column("conversation", sa.String(length=32), nullable=False),
        sa.Column("erased_at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("conversation"),
    )
    op.create_index("ix_erased_erased_at", "erased", ["erased_at"])


def downgrade():
    op.drop_table("erased")
    op.drop_table("outbox")
    with op.batch_alter_table("inbox") as inbox:
        inbox.drop_column("extra")
        inbox.drop_column("lease_until")
        inbox.drop_column("owner")
