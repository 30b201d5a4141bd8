"""What messages say, and what was decided of them, in rows of their own."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Change the schema."""
    op.create_table(
        "message_content",
        sa.Column("message", sa.String(length=36), nullable=False),
        sa.Column("draft", sa.JSON(), nullable=False),
        sa.Column("judgement", sa.JSON(), nullable=True),
        sa.ForeignKeyConstraint(["message"], ["message.id"]),
        sa.PrimaryKeyConstraint("message"),
    )
    op.execute(
        "INSERT INTO message_content (message, draft, judgement) "
        "SELECT id, draft, judgement FROM message"
    )
    # Dropped in place: making `message` anew would break what refers to it.
    op.execute("ALTER TABLE message DROP COLUMN draft")
    op.execute("ALTER TABLE message DROP COLUMN judgement")


def downgrade() -> None:
    """Change it back."""
    op.execute("ALTER TABLE message ADD COLUMN draft JSON NOT NULL DEFAULT '{}'")
    op.execute("ALTER TABLE message ADD COLUMN judgement JSON")
    for column in ("draft", "judgement"):
        op.execute(
            f"UPDATE message SET {column} = "  # noqa: S608  # names are ours
            f"(SELECT {column} FROM message_content WHERE message_content.message = message.id)"
        )
    op.drop_table("message_content")
