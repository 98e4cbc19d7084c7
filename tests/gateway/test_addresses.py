"""Visitors are told apart by their address, and nobody can borrow another's."""

from __future__ import annotations

import pytest

from bot.gateway.addresses import visitor
from bot.language.sites import read_networks

PROXIES = read_networks("10.0.0.5 172.16.0.0/12, fd00::/8")


@pytest.mark.parametrize(
    ("peer", "hops", "is_"),
    [
        ("203.0.113.9", [], "203.0.113.9"),
        ("203.0.113.9", ["198.51.100.1"], "203.0.113.9"),  # a stranger's word is worth nothing
        ("127.0.0.1", ["198.51.100.1"], "198.51.100.1"),
        ("10.0.0.5", ["198.51.100.1"], "198.51.100.1"),
        ("10.0.0.6", ["198.51.100.1"], "10.0.0.6"),
        ("10.0.0.5", ["192.0.2.66", "198.51.100.1"], "198.51.100.1"),  # the first was written by who asks
        ("10.0.0.5", ["198.51.100.1", "172.16.3.4"], "198.51.100.1"),  # two proxies
        ("127.0.0.1", ["nonsense"], "127.0.0.1"),
        ("127.0.0.1", [""], "127.0.0.1"),
        ("::1", ["2001:db8:1:2:aaaa::1"], "2001:db8:1:2::/64"),
        ("2001:db8:1:2:bbbb::7", [], "2001:db8:1:2::/64"),  # the same customer with another address of theirs
        ("::ffff:203.0.113.9", [], "203.0.113.9"),
        ("fd00::1", ["::ffff:198.51.100.1"], "198.51.100.1"),
        ("", ["198.51.100.1"], ""),
    ],
)
def test_the_visitor_is_the_nearest_hop_that_is_no_proxy_of_ours(peer: str, hops: list[str], is_: str) -> None:
    assert visitor(peer, hops, PROXIES) == is_


@pytest.mark.parametrize("line", ["10.0.0.300", "proxy.exemple.fr", "10.0.0.1/8"])
def test_a_network_that_is_none_is_named(line: str) -> None:
    with pytest.raises(ValueError, match="illisible"):
        read_networks(line)
