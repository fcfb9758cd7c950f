"""Workbooks that are taken in: validated row by row first, then committed whole or not at all.

A layout says which columns there are and what becomes of a row; it is a file, and a line in
`layouts`. Everything else is the same for all of them.
"""
