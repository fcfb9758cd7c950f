"""Dixian (底线): the approval procedures that keep rural households from falling back into poverty."""
