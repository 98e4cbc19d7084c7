"""Rasa's REST channel, made safe: same addresses and formats, bounded, never silent."""
