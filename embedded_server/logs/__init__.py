"""Logs: opening, following, searching, formats."""
