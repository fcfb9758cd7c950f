"""Looking at those who look: spot-checks, cross-checks, unannounced inspections."""
