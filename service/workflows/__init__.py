"""The rulebook: what the documents say, as data and pure functions.

Nothing here knows the web or the database; nothing here reads the time.
"""
