"""Builders: an entry, a library, a store of its own for each test, and the real knowledge of the project."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from bot.knowledge.content import read_folder
from bot.knowledge.entry import Entry
from bot.knowledge.library import Library
from bot.settings import ROOT, settings
from bot.store import entries as stored_entries
from bot.store.migrating import upgrade
from bot.store.sessions import engine

# How fast examples are made depends on what else runs on the machine, and says nothing about the project. The same examples each
# time, but for the long forms: what is new is found before a release, and fails nobody's change by chance.
hypothesis_settings.register_profile(
    "reso", suppress_health_check=[HealthCheck.too_slow], deadline=None, derandomize="RESO_FUZZ" not in os.environ
)
hypothesis_settings.load_profile("reso")


def an_entry(id: str = "faq/ventes", **given: Any) -> Entry:
    """Return an entry that is complete; what a test cares about is given."""
    values: dict[str, Any] = {
        "title": f"Titre de {id}",
        "label": "Libellé",
        "question": f"Une question sur {id} ?",
        "answer": f"Réponse de {id}. Elle a deux phrases.",
        "details": f"Détails de {id}. Ils en disent plus.",
        "theme": "marketing",
        "section": "FAQs 3",
        "checked": "2026-11-23",
        **given,
    }
    return Entry.from_mapping(id, values)


def a_library(*entries: Entry) -> Library:
    """Return a library of the entries given."""
    return Library(entries)


@pytest.fixture(scope="session")
def known() -> Library:
    """The project's real knowledge."""
    entries, _ = read_folder(ROOT / "data" / "knowledge")
    return Library(entries)


@contextmanager
def storing_in(folder: Path) -> Iterator[str]:
    """Let the settings name a fresh store in `folder`; yield its address."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("RESO_FOLDER", str(folder))
        settings.cache_clear()
        url = settings().store_url
        try:
            upgrade(url)
            yield url
        finally:
            engine(url).dispose()
            engine.cache_clear()
            stored_entries._cache.clear()
            settings.cache_clear()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[str]:
    """A fresh store in a folder of its own; the settings of the test name it."""
    with storing_in(tmp_path) as url:
        yield url


Builder = Callable[..., Entry]
