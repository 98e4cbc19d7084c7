"""Stands for Meta's Graph API (Messenger, Instagram, WhatsApp) and Telegram's Bot API, and for their webhooks.

Written from the vendors' documents and nothing of ours: `bot` is imported nowhere here, so that a misreading of ours is
not made twice. Where a document leaves a limit open, the stricter reading holds.

Sources: Meta, « Send API Reference », « Quick Replies » (30 June 2026), « Generic Template », « Button Template »,
« Messenger Platform: Common Error Codes » (18 March 2026), « Instagram Platform: Send Messages », « WhatsApp: Text
messages », « Interactive reply buttons messages » (21 May 2026), « Interactive list messages », « WhatsApp: Error codes »
(15 May 2026), « Graph API: Rate Limits », « Webhooks: Getting Started » ; Telegram, « Bot API » (core.telegram.org/bots/api).
"""
