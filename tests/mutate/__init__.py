"""Planted faults: each must turn the tests red. Run by ``python3 -m tests mutate``."""
