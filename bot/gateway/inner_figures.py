"""The figures of Rasa and of the action server, shown with the gateway's own.

They are gathered at each scrape rather than written to files that all processes share (prometheus_client's multiprocess
mode): that mode loses what a process itself tells (memory, open files), which is what one wants to know of each.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Mapping

import aiohttp
from prometheus_client import REGISTRY, CollectorRegistry
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import Collector

from bot.gateway.rasa import KEY_HEADER
from bot.settings import Settings

SECONDS = aiohttp.ClientTimeout(total=1.0)
"""For a process that answers in a few milliseconds; a scrape must not wait for one that hangs."""
_NOT_SHOWN = re.compile(r"python_info|python_gc_.*|.*_created")
"""Families of the others that nobody needs. When a counter began is, as text, a family of its own beside the one that it belongs to."""


class InnerFigures:
    """Asks the processes behind the gateway."""

    def __init__(self, given: Settings, session: aiohttp.ClientSession):
        self._session = session
        self._headers = {KEY_HEADER: given.inner_key.get_secret_value()}
        self._urls = {
            "rasa": f"http://127.0.0.1:{given.rasa_port}/webhooks/reso/metrics",
            "actions": f"http://127.0.0.1:{given.actions_port}/metrics",
        }

    async def gather(self) -> CollectorRegistry:
        """Return our own figures and theirs, each family once; `reso_up` says of each process whether it told anything."""
        told = await asyncio.gather(*(self._ask(url) for url in self._urls.values()))
        registry = CollectorRegistry(auto_describe=False)
        registry.register(_Told(REGISTRY, dict(zip(self._urls, told))))
        return registry

    async def _ask(self, url: str) -> str:
        try:
            async with self._session.get(url, headers=self._headers, timeout=SECONDS) as answer:
                return await answer.text() if answer.status == 200 else ""
        except (aiohttp.ClientError, asyncio.TimeoutError):
            return ""


class _Told(Collector):
    """A collector of our own figures and of those that were told by other processes."""

    def __init__(self, own: Collector, told: Mapping[str, str]):
        self._own, self._told = own, told

    def collect(self) -> Iterable[Metric]:
        """Return the figures, those of the others with the process that they are of.

        What all processes tell, such as their memory, is one family: the format allows each name once
        (Prometheus, Exposition formats: « only one TYPE line may exist for a given metric name »).
        """
        up = GaugeMetricFamily("reso_up", "Whether a process behind the gateway answers", labels=["process"])
        families = {family.name: family for family in self._own.collect()}
        for process, text in self._told.items():
            up.add_metric([process], float(bool(text)))
            for family in text_string_to_metric_families(text):
                if _NOT_SHOWN.fullmatch(family.name):
                    continue
                kept = families.setdefault(family.name, Metric(family.name, family.documentation, family.type))
                for sample in family.samples:
                    kept.add_sample(sample.name, {**sample.labels, "process": process}, sample.value)
        return [up, *families.values()]
