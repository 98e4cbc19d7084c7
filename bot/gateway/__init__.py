"""What the internet reaches: a process of its own before Rasa, which stays on loopback behind a key.

It limits, checks, notes every message in the store before it says « taken », asks Rasa one conversation at a time, keeps
the answer in the outbox and delivers it. Rasa may fall meanwhile: nothing that was taken is lost.
"""
