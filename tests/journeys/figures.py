"""What /metrics tells, read by Prometheus's own parser."""

from __future__ import annotations

import urllib.request

from prometheus_client.parser import text_string_to_metric_families

Figures = dict[tuple[str, frozenset[tuple[str, str]]], float]
"""Name and labels to value."""


def read_figures(told: str) -> Figures:
    """Return every figure of an answer by its name and labels."""
    return {(s.name, frozenset(s.labels.items())): s.value for family in text_string_to_metric_families(told) for s in family.samples}


def figures_of(url: str, authorization: str = "") -> Figures:
    """Ask the servers at `url` for their figures."""
    request = urllib.request.Request(f"{url}/metrics", headers={"Authorization": authorization} if authorization else {})
    with urllib.request.urlopen(request, timeout=10) as answer:
        return read_figures(answer.read().decode())


def total(held: Figures, name: str, **labels: str) -> float:
    """Return the sum over everything of that name that has these labels."""
    return sum(value for (of, has), value in held.items() if of == name and labels.items() <= dict(has).items())
