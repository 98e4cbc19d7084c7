"""The chat widget's side of the server: signed sessions, what a visitor may say, lines as the widget shows them.

docs/widget-protocol.md has the protocol; `bot.gateway.sockets` speaks it over Socket.IO.
"""
