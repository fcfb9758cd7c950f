"""How the time of an area stands: what is late, whose it is, who used it up."""
