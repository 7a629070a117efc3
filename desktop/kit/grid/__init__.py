"""The grid: table rows with selection, sorting, filters, copying and value viewers."""
