"""Stock Rasa and Réso side by side, each started once for all pairs; what an attack ended is started again."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator

import pytest

from bot.serving.models import ARCHIVE, NOTE
from bot.settings import settings
from tests.channels.vendors.server import Vendors, serving
from tests.faults.watching import recovers
from tests.journeys.serving import Servers, running
from tests.journeys.widget_client import BACK_SECONDS
from tests.stock.serving import Stock

TURN_SECONDS = "8"
"""What a visitor waits for at most; less than the 15 s that are usual, since some pairs wait for all of it."""


@pytest.fixture(scope="package")
def vendors() -> Iterator[Vendors]:
    """Meta's side, for both."""
    with serving() as served:
        yield served


@pytest.fixture(scope="package")
def stock_server(vendors: Vendors, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stock]:
    """The stock assistant; it is being trained while Réso starts."""
    made = Stock(tmp_path_factory.mktemp("origine"), f"{vendors.url}/{vendors.accounts.version}")
    yield made
    made.stop()


@pytest.fixture(scope="package")
def reso_server(stock_server: Stock, vendors: Vendors, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    """Réso with Messenger, and with a copy of the model, to be taken away. The stock server starts beside it."""
    models = tmp_path_factory.mktemp("modèles")
    for name in (ARCHIVE, NOTE):
        shutil.copyfile(settings().models / name, models / name)
    given = vendors.accounts.environment(vendors.url)
    beside = threading.Thread(target=stock_server.up)
    beside.start()
    with running(tmp_path_factory.mktemp("reso"), RESO_MODELS=str(models), RESO_TURN_SECONDS=TURN_SECONDS, **given) as started:
        beside.join()
        yield started


@pytest.fixture
def reso(reso_server: Servers) -> Servers:
    """Réso, answering: whatever the test before did to it."""
    recovers(reso_server, BACK_SECONDS)
    return reso_server


@pytest.fixture
def stock(stock_server: Stock, reso: Servers) -> Stock:
    """The stock assistant, running."""
    return stock_server.up()
