"""Schema changes: composed, shown as SQL and as a revision, and run where nothing else rules the schema."""
