"""Saved statements: handlers and .sql files."""
