"""The log taken away: for any filter, in the formats of the tools that people have."""
