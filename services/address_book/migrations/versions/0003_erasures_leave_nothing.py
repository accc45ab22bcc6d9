"""An erasure is noted, and finds what is said and parked by its key."""

from alembic import op

from event_bus.tables import find_by_key_and_forget

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    find_by_key_and_forget(op, "address_book")


def downgrade() -> None:
    raise NotImplementedError("what was erased would come back: restore a backup to go back before this migration")
