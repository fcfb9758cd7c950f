"""Measurements of the running product: `make bench`. Each figure stands beside its target."""
