"""Tells the team of requests: a webhook, a mail, each until it was taken. Runs as a process of its own."""
