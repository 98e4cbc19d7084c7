"""What a widget's client may send, packet by packet. Pure.

Sources: Engine.IO protocol 4 (packet types, « \\x1e » between packets of a body), Socket.IO protocol 5 (packet types). Of both
only what our client uses: texts, the main namespace, no binary data, no acknowledgement of ours. python-engineio 4.13 and
python-socketio 5.16 fail on much of the rest: a 500, a connection that hangs until its time-out, a task that nobody awaits.
"""

from __future__ import annotations

import re

from engineio import json

MOST_PACKETS = 16
"""In one body; python-engineio's own limit (engineio.payload.Payload.max_decode_packets)."""

EVENTS = frozenset({"say", "refresh", "page", "forget"})
"""What a widget may ask (docs/widget-protocol.md). Any other name would reach the handlers of « connect » and « disconnect »."""

_EVENT = re.compile(r"2([0-9]{0,10})(\[.*)", re.DOTALL)
_BETWEEN = "\x1e"
_SHORT = ("1", "3")
"""The end, the answer to a ping."""
_CHANGING = ("2probe", "5")
"""From polling to WebSocket; in a posted body they would leave a session that waits to be polled (up to 45 s)."""


def readable(packet: str | bytes) -> bool:
    """Tell whether a packet that came by WebSocket is one that the widget may send."""
    if not isinstance(packet, str):
        return False
    return packet in _CHANGING or packet in _SHORT or (packet[:1] == "4" and _message(packet[1:]))


def readable_body(body: bytes) -> bool:
    """Tell whether every packet of a body that was posted is one that the widget may send."""
    try:
        packets = body.decode("utf-8").split(_BETWEEN)
    except UnicodeDecodeError:
        return False
    return len(packets) <= MOST_PACKETS and all(packet not in _CHANGING and readable(packet) for packet in packets)


def count_packets(body: bytes) -> int:
    """Return how many packets a body holds."""
    return body.count(_BETWEEN.encode()) + 1


def _message(packet: str) -> bool:
    """Tell whether a Socket.IO packet is a connection with or without its credentials, its end, or an event that we know."""
    if packet in ("0", "1"):
        return True
    event = _EVENT.fullmatch(packet)
    held = _parsed(event[2] if event else packet[1:] if packet[:1] == "0" else "")
    if event:
        return isinstance(held, list) and 1 <= len(held) <= 2 and isinstance(held[0], str) and held[0] in EVENTS
    return isinstance(held, dict)


def _parsed(text: str) -> object:
    # With python-engineio's own reader, which refuses numbers of more than 100 digits: what it refuses must not reach it.
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
