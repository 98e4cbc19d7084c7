"""The action server's side: thin actions that read the tracker, call `bot.dialogue` and `bot.store`, and reply.

Imports rasa_sdk, never rasa: the server starts without TensorFlow. Every module here is imported at start and every
action made without arguments.
"""
