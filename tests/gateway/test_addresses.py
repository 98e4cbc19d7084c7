"""Visitors are told apart by their address, and nobody can borrow another's."""

from __future__ import annotations

import pytest
from aiohttp import HttpVersion10, HttpVersion11
from aiohttp.test_utils import make_mocked_request
from multidict import CIMultiDict

from bot.gateway.addresses import address_of, local, visitor
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
        ("127.0.0.1", ["198.51.100.1:50123"], "198.51.100.1"),  # some proxies tell the port as well
        ("::1", ["[2001:db8:1:2:aaaa::1]:443"], "2001:db8:1:2::/64"),
    ],
)
def test_the_visitor_is_the_nearest_hop_that_is_no_proxy_of_ours(peer: str, hops: list[str], is_: str) -> None:
    assert visitor(peer, hops, PROXIES) == is_


@pytest.mark.parametrize("line", ["10.0.0.300", "proxy.exemple.fr", "10.0.0.1/8"])
def test_a_network_that_is_none_is_named(line: str) -> None:
    with pytest.raises(ValueError, match="illisible"):
        read_networks(line)


def test_a_proxys_line_below_the_visitors_own_is_the_one_that_counts() -> None:
    class Peer:
        def get_extra_info(self, name: str, default: object = None) -> object:
            return ("127.0.0.1", 50123) if name == "peername" else default

    lines = CIMultiDict([("X-Forwarded-For", "192.0.2.66"), ("X-Forwarded-For", "198.51.100.1")])
    assert address_of(make_mocked_request("GET", "/", lines, transport=Peer())) == "198.51.100.1"


HERE = {"Host": "127.0.0.1:5005", "User-Agent": "curl/8"}


@pytest.mark.parametrize("host", ["127.0.0.1:5005", "localhost:5005", "LOCALHOST", "[::1]:5005", "127.0.0.2"])
@pytest.mark.parametrize("peer", ["127.0.0.1", "::1", "::ffff:127.0.0.1"])
def test_a_program_on_this_machine_is_known(peer: str, host: str) -> None:
    assert local(peer, HttpVersion11, CIMultiDict(HERE | {"Host": host}))


@pytest.mark.parametrize(
    "more",
    [
        {"Host": "reso.exemple.fr"},  # a proxy that says nothing of itself, or a page whose name leads here (DNS rebinding)
        {"Host": "127.0.0.1.exemple.fr"},
        {"Host": "localhost.exemple.fr:5005"},
        {"Host": "localhost@exemple.fr"},
        {"Host": "192.168.1.7:5005"},
        {"Host": ""},
        {"Origin": "https://exemple.fr"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Referer": "http://127.0.0.1:8000/"},
        {"X-Forwarded-For": "203.0.113.9"},
        {"X-Forwarded-Proto": "https"},
        {"X-Forwarded-Host": "exemple.fr"},
        {"Forwarded": "for=203.0.113.9"},
        {"Via": "1.1 cache"},
        {"CF-Connecting-IP": "203.0.113.9"},
    ],
    ids=str,
)
def test_what_comes_through_a_page_or_a_proxy_is_not_of_this_machine(more: dict[str, str]) -> None:
    assert not local("127.0.0.1", HttpVersion11, CIMultiDict(HERE | more))


def test_neither_is_another_machine_nor_a_bare_nginx_nor_two_hosts() -> None:
    assert not local("203.0.113.9", HttpVersion11, CIMultiDict(HERE))
    assert not local("127.0.0.1", HttpVersion10, CIMultiDict(HERE))
    assert not local("127.0.0.1", HttpVersion11, CIMultiDict([("Host", "127.0.0.1"), ("Host", "exemple.fr")]))
    assert not local("127.0.0.1", HttpVersion11, CIMultiDict())
