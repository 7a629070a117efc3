"""The order of a table's rows, remembered as a file of their keys."""
