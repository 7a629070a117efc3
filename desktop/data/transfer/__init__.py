"""Export and import: a tab for each."""
