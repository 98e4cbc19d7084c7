"""The store: entries, staff edits, questions asked, inbox. Returns knowledge values, never ORM rows.

Nothing is opened at import: the first `session()` opens the database that the settings name.
"""
