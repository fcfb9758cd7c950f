"""Dixian (底线): the procedures that keep rural households from falling back into poverty."""
