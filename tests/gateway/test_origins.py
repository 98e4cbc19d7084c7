"""Which pages may talk to the server: its own, those of the settings, and none that only calls itself so."""

from __future__ import annotations

import pytest

from bot.gateway.origins import Origins

SITES = frozenset({"https://www.exemple.fr"})


@pytest.mark.parametrize(
    ("origin", "host", "public_url", "allowed"),
    [
        (None, "evil.example", "", True),  # no browser's page: those say their origin
        ("https://www.exemple.fr", "reso.exemple.fr", "", True),
        ("HTTPS://WWW.exemple.fr", "reso.exemple.fr", "", True),
        ("http://www.exemple.fr", "reso.exemple.fr", "", False),
        ("http://127.0.0.1:5005", "127.0.0.1:5005", "", True),
        ("http://localhost:5005", "localhost:5005", "", True),
        ("http://[::1]:5005", "[::1]:5005", "", True),
        ("http://192.168.1.20:5005", "192.168.1.20:5005", "", True),  # RESO_HOST=0.0.0.0 on a local network
        ("http://[2001:db8::7]", "[2001:db8::7]", "", True),
        ("http://evil.example:5005", "evil.example:5005", "", False),  # its DNS leads to this machine now
        ("http://127.0.0.1.evil.example:5005", "127.0.0.1.evil.example:5005", "", False),
        ("http://localhost.evil.example", "localhost.evil.example", "", False),
        ("http://192.168.1.20:8080", "192.168.1.20:5005", "", False),  # another server on the machine
        ("https://reso.exemple.fr", "reso.exemple.fr", "https://reso.exemple.fr/", True),
        ("http://reso.exemple.fr", "reso.exemple.fr", "https://reso.exemple.fr", True),
        ("https://reso.exemple.fr", "127.0.0.1:5005", "https://Reso.exemple.fr/chat", True),  # a proxy that changes the host
        ("http://evil.example", "evil.example", "https://reso.exemple.fr", False),
        ("http://127.0.0.1:5005", "127.0.0.1:5005", "https://reso.exemple.fr", True),
        ("null", "127.0.0.1:5005", "", False),
        ("file://", "", "", False),
        ("http://", "", "", False),
        ("ftp://127.0.0.1", "127.0.0.1", "", False),
        ("http://[::1", "[::1", "", False),
    ],
)
def test_a_page_is_ours_by_the_settings_or_by_a_host_that_nobody_else_can_name(
    origin: str | None, host: str, public_url: str, allowed: bool
) -> None:
    assert Origins(SITES, public_url).allow(origin, host) is allowed
