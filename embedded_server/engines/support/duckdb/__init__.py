"""The parts of the DuckDB engine. Only a worker process imports the library itself."""
