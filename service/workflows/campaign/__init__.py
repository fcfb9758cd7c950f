"""Inspection campaigns (排查行动): their phases, their list, what starts and concludes them."""
