"""What to say: pure decisions over an understood message, a context and the knowledge. No Rasa, no SQL, no clock."""
