"""Workbooks (XLSX), read without trusting them and written without formulas. No database."""
