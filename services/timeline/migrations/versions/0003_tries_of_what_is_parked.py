"""What is parked remembers how often it was tried again."""

from alembic import op

from event_bus.tables import count_tries_of_parked

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    count_tries_of_parked(op, "timeline")


def downgrade() -> None:
    op.execute("ALTER TABLE timeline.parked DROP COLUMN tries, DROP COLUMN tried_at, ADD COLUMN redriven_at timestamptz")
