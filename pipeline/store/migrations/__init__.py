"""Numbered revisions of the schema, for Alembic; see CONTRIBUTING.md for how to add one."""
