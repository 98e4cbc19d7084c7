"""One run of the real servers that is broken and healed by one test after the other."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.serving.models import ARCHIVE, NOTE
from bot.settings import settings
from tests.channels.vendors.accounts import Accounts
from tests.channels.vendors.server import Vendors, serving
from tests.faults.clock import Clock
from tests.journeys.serving import Servers, running

BOUND_BY_RIGHTS = ("setpriv", "--bounding-set=-dac_override,-dac_read_search")
"""Root may write anywhere: without these two rights it keeps to the permissions of files, as the service's account does."""


@pytest.fixture(scope="package")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the trained model, to be broken: other servers need theirs."""
    folder = tmp_path_factory.mktemp("modèles")
    for name in (ARCHIVE, NOTE):
        shutil.copyfile(settings().models / name, folder / name)
    return folder


@pytest.fixture(scope="package")
def standing(models: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    """Servers with that copy; their first answer made it the last good model."""
    before = BOUND_BY_RIGHTS if os.geteuid() == 0 else ()
    with running(tmp_path_factory.mktemp("pannes"), before, RESO_MODELS=str(models)) as started:
        yield started


@pytest.fixture(scope="package")
def vendors() -> Iterator[Vendors]:
    with serving() as served:
        yield served


@pytest.fixture(scope="package")
def connected(vendors: Vendors, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    """Servers with the accounts of all four channels, and a team that is told of requests: all that can run, runs."""
    given = Accounts().environment(vendors.url)
    with running(tmp_path_factory.mktemp("canaux"), RESO_WEBHOOK_URL="http://127.0.0.1:9/", **given) as started:
        yield started


@pytest.fixture(scope="module")
def clock(tmp_path_factory: pytest.TempPathFactory) -> Clock:
    made = Clock(tmp_path_factory.mktemp("horloge") / "écart")
    made.set(0)
    return made
