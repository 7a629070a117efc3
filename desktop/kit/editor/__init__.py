"""The SQL editor: colours, statements, brackets, find; stays quick in scripts of ten megabytes."""
