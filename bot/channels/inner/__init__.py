"""Rasa's side of the gateway: one turn in, its messages out. On loopback, behind a key."""
