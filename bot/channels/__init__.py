"""Ways in and out. Channels validate, limit, note the message in the store, hand it to Rasa, and carry the reply."""
