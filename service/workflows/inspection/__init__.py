"""Inspection forms (排查表): how one is handed in, what is asked of it, what it leads to."""
