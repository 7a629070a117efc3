"""Applications that nobody here wrote, each in its own environment: ``python3 -m tests tests/wild``."""
