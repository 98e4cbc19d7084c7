"""Telegram: updates of a bot's webhook, messages by the Bot API.

Source throughout: Telegram, « Telegram Bot API » (core.telegram.org/bots/api), version 9.x, read in 2026.
"""
