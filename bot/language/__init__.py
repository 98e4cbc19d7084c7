"""Pure French text. Standard library and small pure libraries only: no Rasa, no SQL, no network."""
