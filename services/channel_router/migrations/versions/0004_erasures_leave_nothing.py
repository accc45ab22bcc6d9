"""An erasure is noted, finds everything of a citizen by index, and marks references in the table that every service has.

A choice remembers when its request was logged: an erasure between the two covers both. Of one from before, its own moment is all
there is.
"""

from alembic import op

from event_bus.tables import find_by_key_and_forget

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Moves the marks, adds the indexes and the moment of the request."""
    find_by_key_and_forget(op, "channel_router")
    op.execute("INSERT INTO channel_router.erased_ref (ref, erased_at) SELECT ref, erased_at FROM channel_router.erased")
    op.execute("DROP TABLE channel_router.erased")
    op.execute("ALTER TABLE channel_router.choice ADD COLUMN logged_at timestamptz")
    op.execute("UPDATE channel_router.choice SET logged_at = chosen_at")
    op.execute("ALTER TABLE channel_router.choice ALTER COLUMN logged_at SET NOT NULL")
    op.execute("CREATE INDEX choice_citizen ON channel_router.choice (citizen)")
    op.execute("CREATE INDEX request_heard_citizen ON channel_router.request_heard (citizen)")


def downgrade() -> None:
    raise NotImplementedError("what was erased would come back: restore a backup to go back before this migration")
