"""What an edit replaced, and when a key last had everything exported."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Change the schema."""
    op.add_column("edit", sa.Column("before", sa.JSON(), nullable=True))
    op.add_column("api_key", sa.Column("exported_at", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    """Change it back."""
    op.drop_column("api_key", "exported_at")
    op.drop_column("edit", "before")
