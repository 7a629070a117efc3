"""A table's neighbourhood by foreign keys, drawn."""
