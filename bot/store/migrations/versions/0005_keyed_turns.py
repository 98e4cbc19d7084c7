"""Statistics name a message by a keyed hash: vendors' ids of messages hold phone numbers, and ids of people."""

import hashlib

import sqlalchemy as sa
from alembic import context, op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

NAMED = ("questions", "feedback")
AT_ONCE = 1000


def upgrade():
    # As bot.store.pseudonyms.conversation_key makes it, at the time of this migration.
    key, bind = context.config.attributes["pseudonym_key"], op.get_bind()
    for table in NAMED:
        last = 0
        while True:
            page = sa.text(f"select id, turn from {table} where id > :last order by id limit {AT_ONCE}")
            rows = bind.execute(page, {"last": last}).all()
            if not rows:
                break
            changes = [{"id": number, "turn": _hashed(turn, key)} for number, turn in rows if turn]
            if changes:
                bind.execute(sa.text(f"update {table} set turn = :turn where id = :id"), changes)
            last = rows[-1][0]


def _hashed(turn, key):
    plain = hashlib.blake2b(turn.encode("utf-8", "replace"), digest_size=16).hexdigest()
    return hashlib.blake2b(plain.encode("ascii"), digest_size=16, key=key).hexdigest()


def downgrade():
    # What was hashed cannot be made again; it still tells one message from another.
    pass
