"""The HTTP interface: one router for each noun, and the door every request comes through."""
