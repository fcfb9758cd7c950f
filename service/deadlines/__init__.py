"""The clock acting on what is due: the sweep over the ladders, who is told, how it does."""
