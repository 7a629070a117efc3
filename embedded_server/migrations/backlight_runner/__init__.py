"""Runs a project's migrations in the project's own interpreter.

Shipped as data and started by a Python that is not ours: standard library and the project's own Alembic and
SQLAlchemy only, Python 3.8 syntax, no import of anything else of Backlight.
"""
