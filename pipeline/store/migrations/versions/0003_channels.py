"""channels on which people are in talk."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Change the schema."""
    op.create_table(
        "channel_contact",
        sa.Column("address_key", sa.String(length=320), nullable=False),
        sa.Column("channel", sa.String(length=10), nullable=False),
        sa.Column("wrote_at", sa.BigInteger(), nullable=True),
        sa.Column("answered_at", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("channel IN ('email', 'chat', 'phone', 'social')", name="known_channel"),
        sa.PrimaryKeyConstraint("address_key", "channel"),
    )
