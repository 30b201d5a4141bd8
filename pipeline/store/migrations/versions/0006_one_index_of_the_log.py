"""The audit log without an index of hashes: its numbers already keep it one chain."""

from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Change the schema."""
    with op.batch_alter_table("audit") as audit:
        audit.drop_constraint("one_chain", type_="unique")


def downgrade() -> None:
    """Change it back."""
    with op.batch_alter_table("audit") as audit:
        audit.create_unique_constraint("one_chain", ["previous_hash"])
