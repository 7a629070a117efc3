"""Requests: composing, importing, sending, replaying, comparing."""
