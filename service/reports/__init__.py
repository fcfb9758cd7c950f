"""Reports: totals of the ledger of problems, asked when they are wanted and kept nowhere."""
