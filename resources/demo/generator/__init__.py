"""The generator of the shop's data: the same seed and size give the same content."""
