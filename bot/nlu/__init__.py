"""Rasa graph components, thin coats over language and knowledge; and the model that chooses among labels."""
