"""The log: what a line holds, how lines are chained, how a chain is verified."""
