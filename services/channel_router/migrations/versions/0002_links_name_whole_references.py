"""A link names both references whole, with the version of the key that made them: a line in the access log needs them so.

Rows from before do not say it. They get 1, the version of a key that was never renewed; a line is found by its 16 bytes.
"""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Adds the columns."""
    op.execute(
        "ALTER TABLE channel_router.link"
        " ADD COLUMN one_key smallint NOT NULL DEFAULT 1, ADD COLUMN other_key smallint NOT NULL DEFAULT 1"
    )
    op.execute("ALTER TABLE channel_router.link ALTER COLUMN one_key DROP DEFAULT, ALTER COLUMN other_key DROP DEFAULT")


def downgrade() -> None:
    """Takes the columns away."""
    op.execute("ALTER TABLE channel_router.link DROP COLUMN one_key, DROP COLUMN other_key")
