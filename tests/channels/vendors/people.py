"""Somebody on each channel."""

from __future__ import annotations

PERSONS = {"messenger": "4567890123", "instagram": "6789012345", "whatsapp": "33612345678", "telegram": "987654321"}
