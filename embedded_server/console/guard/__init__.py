"""Before a script runs: what it would destroy, how many rows, whether to ask."""
