"""Problems to be put right: found, taken in hand with four lists, verified, struck off."""
