"""What Alembic runs: the revisions, on the connection of `pipeline.store.schema.upgrade`."""

from alembic import context

from pipeline.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,  # SQLite can alter little of a table in place
)
context.run_migrations()
