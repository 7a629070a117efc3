"""Migrations: the graph, lint, rehearsal, apply, new revisions."""
