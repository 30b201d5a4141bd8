"""`python -m pipeline.store.migrations.next_revision WHAT`: write the next numbered revision.

It holds the difference between what the revisions so far make and `pipeline.store.tables`; read
and mend it before you commit it: a renamed column looks like one dropped and one added.
"""

import re
import sys
from pathlib import Path

from alembic import command
from alembic.autogenerate import produce_migrations, render_python_code
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.operations.ops import UpgradeOps
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine

from pipeline.store.tables import metadata

__all__ = ["difference", "write_next"]

_HERE = Path(__file__).parent


def difference(connection: Connection) -> UpgradeOps:
    """What the database on `connection` lacks of the schema, or has too much."""
    context = MigrationContext.configure(connection, opts={"compare_server_default": False})
    found = produce_migrations(context, metadata).upgrade_ops
    assert found is not None
    return found


def write_next(what: str) -> Path | None:
    """Write a revision that brings the schema to `tables.metadata`; None when it is there."""
    config = Config()
    config.set_main_option("script_location", str(_HERE))
    scripts = ScriptDirectory.from_config(config)
    newest = scripts.get_current_head()
    with create_engine("sqlite://").connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        changes = difference(connection)
        if changes.is_empty():
            return None
        code = render_python_code(changes, render_as_batch=newest is not None)
    code = re.sub(r"^ *# ###.*\n?", "", code, flags=re.MULTILINE).strip()
    code = code.replace("batch_op.f(", "(").replace("op.f(", "(")
    number = f"{int(newest or 0) + 1:04}"
    script = scripts.generate_revision(
        number, what, head=newest or "base", file_template="%%(rev)s_%%(slug)s", upgrades=code
    )
    assert script is not None
    return Path(script.path)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit('say what changes: make revision WHAT="a column for the sender\'s language"')
    print(write_next(sys.argv[1]) or "the revisions lead to the schema already: nothing to write")
