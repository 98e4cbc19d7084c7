"""What tests of backups and restorations put into a store, find in it, and change in an archive."""

from __future__ import annotations

import io
import sqlite3
import tarfile
from contextlib import closing
from pathlib import Path

from bot.settings import settings
from bot.store import inbox
from bot.store.inbox import Received
from bot.store.sessions import engine
from tests.store.trackers import add_event


def messages(file: Path) -> set[str]:
    with closing(sqlite3.connect(file)) as connection:
        return {row[0] for row in connection.execute("select message_id from inbox")}


def fill(store: str, count: int = 3) -> None:
    inbox.receive_all([Received("rest", f"m{n}", "v", "bonjour", {}) for n in range(count)], "1")
    add_event(settings().folder, "v", 1.0, event="user", text="bonjour")
    (settings().folder / "widget.secret").write_text("secret")


def close(store: str) -> None:
    engine(store).dispose()


def rewritten(archive: Path, changes: dict[str, bytes | None], more: tarfile.TarInfo | None = None) -> bytes:
    """Return an archive with members replaced, or removed."""
    out = io.BytesIO()
    with tarfile.open(archive) as old, tarfile.open(fileobj=out, mode="w:gz") as new:
        for member in old:
            content = changes.get(member.name, old.extractfile(member).read())  # type: ignore[union-attr]
            if content is not None:
                member.size = len(content)
                new.addfile(member, io.BytesIO(content))
        if more is not None:
            new.addfile(more)
    return out.getvalue()
