"""Versioned changes of the tables, run by Alembic."""
