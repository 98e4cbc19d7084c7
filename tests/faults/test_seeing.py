"""What is seen from outside: figures of all three processes, for who may read them, that rise with what was asked."""

from __future__ import annotations

import json
import os
import re
import signal
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from bot.settings import ROOT
from tests.journeys.figures import Figures, figures_of, total
from tests.journeys.serving import Servers, Visitor, running
from tests.journeys.standing import ROLES
from tests.journeys.storming import QUESTIONS

KEY = "cle-des-mesures-de-test"
MONITORING = ROOT / "docs" / "monitoring"
_NAME = re.compile(r"\b((?:reso|process)_[a-z_]+)")


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    """Servers whose figures another machine may read."""
    with running(tmp_path_factory.mktemp("mesures"), RESO_METRICS_KEY=KEY) as started:
        yield started


def figures(servers: Servers, authorization: str = f"Bearer {KEY}") -> Figures:
    """Return every figure by its name and labels, as who has the key reads them."""
    return figures_of(servers.url, authorization)


@pytest.mark.servers
def test_figures_rise_by_what_was_asked(seen: Servers) -> None:
    before = figures(seen)
    visitor = Visitor(seen.url)
    for question in QUESTIONS[:3]:
        assert visitor.says(question.ask).answers
    visitor.says("qsdfjk lmqsdf jklm")
    after = figures(seen)

    def rose(name: str, **labels: str) -> float:
        return total(after, name, **labels) - total(before, name, **labels)

    assert rose("reso_turns_total", channel="rest") == 4
    assert rose("reso_turns_total", channel="rest", outcome="answered") == 3
    assert rose("reso_rasa_turns_total", outcome="answered", process="rasa") == 4
    assert rose("reso_action_calls_total", process="actions") >= 4
    assert rose("reso_action_calls_total", process="actions", outcome="failed") == 0
    assert rose("reso_turn_seconds_count") == 4


@pytest.mark.servers
def test_every_process_tells_its_memory_and_the_model_its_state(seen: Servers) -> None:
    held = figures(seen)
    for process in ("rasa", "actions"):
        assert total(held, "reso_up", process=process) == 1
        assert total(held, "process_resident_memory_bytes", process=process) > 20e6
    assert held[("process_resident_memory_bytes", frozenset())] > 20e6
    assert total(held, "reso_model_current") == 1
    assert 0 < total(held, "reso_model_trained_timestamp_seconds") <= time.time()
    assert total(held, "reso_store_bytes", store="reso") > 10_000
    assert total(held, "reso_store_bytes", store="tracker") > 10_000


@pytest.mark.servers
def test_a_refused_request_is_counted(seen: Servers) -> None:
    before = total(figures(seen), "reso_refused_total")
    with pytest.raises(urllib.error.HTTPError):
        urllib.request.urlopen(f"{seen.url}/inconnu", timeout=10)
    assert total(figures(seen), "reso_refused_total") == before + 1


@pytest.mark.servers
def test_where_there_is_a_key_it_must_be_shown(seen: Servers) -> None:
    for shown in ("", "Bearer autre", KEY + "x"):
        with pytest.raises(urllib.error.HTTPError) as refused:
            figures(seen, shown)
        assert refused.value.code == 403
    assert figures(seen)


@pytest.mark.servers
def test_labels_neither_grow_without_end_nor_tell_of_anybody(seen: Servers) -> None:
    for sender in ("nadia.moreau@exemple.fr", "06 12 34 56 78", "x" * 60):
        Visitor(seen.url, sender.replace(" ", "")).says(QUESTIONS[0].ask)
    held = figures(seen)
    told = json.dumps([(name, sorted(labels)) for name, labels in held])
    assert not any(words in told for words in ("nadia", "0612345678", "xxxx", "visiteur-"))
    assert len(held) < 600


@pytest.mark.servers
def test_everything_that_dashboard_and_alerts_name_is_there(seen: Servers) -> None:
    named = set(_NAME.findall((MONITORING / "rules.yml").read_text()) + _NAME.findall((MONITORING / "dashboard.json").read_text()))
    told = {name for name, _ in figures(seen)}
    never_yet = {"reso_sent_total", "reso_refused_total", "reso_store_errors_total"}  # appear with the first one
    assert named - told - never_yet == set()


@pytest.mark.servers
def test_a_dead_rasa_is_seen_and_seen_to_come_back(seen: Servers) -> None:
    (pid,) = seen.pids(ROLES["rasa"])
    os.kill(pid, signal.SIGKILL)
    assert total(figures(seen), "reso_up", process="rasa") == 0
    until = time.monotonic() + 90
    while total(figures(seen), "reso_up", process="rasa") == 0:
        assert time.monotonic() < until
        time.sleep(0.5)


def test_alerts_and_dashboard_are_whole() -> None:
    rules = [rule for group in yaml.safe_load((MONITORING / "rules.yml").read_text())["groups"] for rule in group["rules"]]
    assert len({rule["alert"] for rule in rules}) == len(rules) >= 8
    for rule in rules:
        assert rule["expr"].strip()
        assert {"summary", "description"} <= set(rule["annotations"])
    board = json.loads((MONITORING / "dashboard.json").read_text())
    panels = [panel for panel in board["panels"] if panel["type"] != "row"]
    assert len({panel["id"] for panel in panels}) == len(panels) >= 10
    for panel in panels:
        assert panel["title"]
        assert panel["description"]
        assert all(target["expr"] for target in panel["targets"])


def test_what_never_reached_a_visitor_and_what_was_not_backed_up_has_an_alert() -> None:
    rules = {
        rule["alert"]: rule["expr"] for group in yaml.safe_load((MONITORING / "rules.yml").read_text())["groups"] for rule in group["rules"]
    }
    (told,) = set(re.findall(r'reso_sent_total\{outcome=~"([a-z|]+)"\}', rules["ResoEnvoisPerdus"]))
    counted = re.findall(r'SENT\.labels\(.+, "([a-z]+)"\)', (ROOT / "bot" / "gateway" / "delivery.py").read_text())
    assert {"never", "expired", "undelivered"} == set(told.split("|")) <= set(counted)
    assert "reso_backup_timestamp_seconds" in rules["ResoSauvegardeAncienne"]


def test_the_guide_explains_every_panel_and_every_alert() -> None:
    guide = Path(ROOT / "docs" / "monitoring.md").read_text()
    rules = [rule for group in yaml.safe_load((MONITORING / "rules.yml").read_text())["groups"] for rule in group["rules"]]
    board = json.loads((MONITORING / "dashboard.json").read_text())
    assert [rule["alert"] for rule in rules if rule["alert"] not in guide] == []
    assert [panel["title"] for panel in board["panels"] if panel["type"] != "row" and panel["title"] not in guide] == []
