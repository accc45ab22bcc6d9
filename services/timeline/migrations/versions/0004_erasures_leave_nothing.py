"""An erasure finds what is said and parked by its key, is noted, and marks entries so that no amendment of one comes back."""

from alembic import op

from event_bus.tables import find_by_key_and_forget

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    find_by_key_and_forget(op, "timeline")
    op.execute("CREATE TABLE timeline.erased_event (event_id uuid NOT NULL PRIMARY KEY)")


def downgrade() -> None:
    raise NotImplementedError("what was erased would come back: restore a backup to go back before this migration")
