"""What fits at the cursor: reading half-typed SQL, names in reach, suggestions and their order."""
