"""The parts of the engine for any other SQLAlchemy dialect."""
