"""One file per engine: how to get a database of it, its types with nasty values, its own command line."""
