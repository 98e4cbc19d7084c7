"""Spoils what was right: JSON values, bytes and texts. Everything follows from the `random.Random` given."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Sequence
from typing import Any

TEXTS = (
    "", " ", "\0", "a\0b", "\ud800", "\udfff\ud800", "\u202e\u2066", "\ufeff", "é" * 300, "a" * 20_000, "🧑‍🧑‍🧒‍🧒" * 50, "Z͑ͫ̓ͪ̂ͫ̽" * 40,
    "%00", "%s%n", "../../../../etc/passwd", "..\\..\\", "<script>alert(1)</script>", "{{7*7}}", "${jndi:ldap://x}", "' OR 1=1 --",
    "/restart", "/session_start", '/inform{"a":"b"}', "EXTERNAL: x", "null", "NaN", "-1", "1e999", "true", "[]", "{}", "\r\nX-Odd: 1",
    "choix:0123456789", "0" * 400, "\x1b[31m", "\u2028\u2029", "ﷺ" * 100, "١٢٣", "Ⅷ", "İ" * 50,
)  # fmt: skip
NUMBERS = (
    0, -1, 1, 2**31, 2**53 + 1, 2**63, 2**64, -(2**63) - 1, 10**30, 10**308, 0.1, -0.0, 1e308, float("inf"), float("-inf"), float("nan"),
    253_402_300_800, 253_402_300_800_000, -62_135_596_801, 1_795_420_800, 4_294_967_296_000,
)  # fmt: skip


class Mutator:
    """Spoils values."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance

    def text(self) -> str:
        """Return an odd text."""
        kind = self.chance.random()
        if kind < 0.7:
            return self.chance.choice(TEXTS)
        planes = (0x7F, 0x7FF, 0xFFFF, 0x10FFFF)
        return "".join(chr(self.chance.randint(0, self.chance.choice(planes))) for _ in range(self.chance.randint(1, 60)))

    def value(self, depth: int = 0) -> Any:
        """Return an odd JSON value."""
        kind = self.chance.randrange(9)
        if kind < 3:
            return self.text()
        if kind < 5:
            return self.chance.choice(NUMBERS)
        if kind < 7 or depth > 3:
            return self.chance.choice((None, True, False, [], {}))
        if kind == 7:
            return [self.value(depth + 1) for _ in range(self.chance.choice((1, 2, 3, 40)))]
        return {self.text(): self.value(depth + 1) for _ in range(self.chance.randint(1, 4))}

    def spoiled(self, whole: Any, most: int = 3) -> Any:
        """Return a copy of a JSON value with one to `most` places changed."""
        made = copy.deepcopy(whole)
        for _ in range(self.chance.randint(1, most)):
            made = self._spoil_one(made)
        return made

    def _spoil_one(self, whole: Any) -> Any:
        places = _places(whole)
        if not places:
            return self.value()
        holder, key = self.chance.choice(places)
        kind = self.chance.randrange(8)
        if kind < 3:
            holder[key] = self.value()
        elif kind == 3:
            del holder[key]
        elif kind == 4:
            holder[key] = [holder[key]] * self.chance.choice((1, 2, 30))
        elif kind == 5:
            other, of = self.chance.choice(places)
            holder[key] = copy.deepcopy(other[of])
        elif kind == 6 and isinstance(holder, dict):
            holder[self.text()] = holder.pop(key)
        else:
            for _ in range(self.chance.choice((1, 5, 60))):
                holder[key] = {"a": holder[key]} if self.chance.random() < 0.5 else [holder[key]]
        return whole

    def written(self, value: Any) -> bytes:
        """Return JSON, mostly as it should be, sometimes with twice the same key, in another encoding or with broken bytes."""
        raw = json.dumps(value).encode()
        kind = self.chance.random()
        if kind < 0.7:
            return raw
        if kind < 0.75:
            return json.dumps(value, ensure_ascii=False, indent=3).encode("utf-8", "surrogatepass")
        if kind < 0.8:
            return json.dumps(value).encode(self.chance.choice(("utf-16", "utf-32", "utf-8-sig", "utf-16-be")))
        if kind < 0.85 and raw[:1] == b"{" and len(raw) > 2:
            return b"{" + json.dumps(self.text()).encode() + b":1," + raw[1:-1] + b"," + raw[1:]
        if kind < 0.86:
            return b" " * self.chance.choice((60_000, 900_000)) + raw
        if kind < 0.87:
            depth = self.chance.choice((500, 5_000, 100_000))
            return b"[" * depth + raw + b"]" * self.chance.choice((0, depth))
        return self.broken(raw)

    def broken(self, raw: bytes) -> bytes:
        """Return bytes that were cut, turned round, doubled or filled up."""
        made = bytearray(raw)
        for _ in range(self.chance.randint(1, 4)):
            at = self.chance.randrange(len(made) + 1)
            kind = self.chance.randrange(4)
            if kind == 0:
                del made[at : at + self.chance.choice((1, 5, 100_000))]
            elif kind == 1:
                made[at:at] = self.chance.randbytes(self.chance.choice((1, 4, 50)))
            elif kind == 2 and at < len(made):
                made[at] ^= 1 << self.chance.randrange(8)
            else:
                made[at:at] = made[at : at + 40]
        return bytes(made)

    def one_of(self, values: Sequence[Any]) -> Any:
        """Return one of the values."""
        return self.chance.choice(values)


def _places(value: Any) -> list[tuple[Any, Any]]:
    """Return every (holder, key) of a JSON value."""
    if isinstance(value, dict):
        keys: list[Any] = list(value)
    elif isinstance(value, list):
        keys = list(range(len(value)))
    else:
        return []
    return [(value, key) for key in keys] + [place for key in keys for place in _places(value[key])]
