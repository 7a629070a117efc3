"""The parts of the SQLite engine: files, grammar, reading, structure, errors."""
