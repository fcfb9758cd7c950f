"""Notices: the outbox they are written to, the templates, the channels, and their delivery."""
