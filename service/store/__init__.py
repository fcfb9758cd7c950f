"""The tables, by noun, and the one place that knows SQLite from PostgreSQL."""
