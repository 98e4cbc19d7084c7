"""The only markup in our texts: **bold** and [text](https://…), as docs/widget-protocol.md has it. Pure."""

from __future__ import annotations

import re

BOLD = re.compile(r"\*\*(?=[^\s*])(.+?)(?<=[^\s*])\*\*", re.DOTALL)
LINK = re.compile(r"\[([^\[\]\n]+)\]\((https?://[^\s()]+)\)")
