"""Export and import of rows: files written and read in constant memory."""
