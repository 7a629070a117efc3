"""Saved statements: a part of the SQL page, and quick open over them."""
