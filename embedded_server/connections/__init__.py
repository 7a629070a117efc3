"""Saved connections: storing, testing, finding them in a project."""
