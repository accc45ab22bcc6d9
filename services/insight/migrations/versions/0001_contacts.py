"""Sessions, and contacts as they are counted."""

from alembic import op

from event_bus.tables import create_stream_tables
from pages.sessions import create_session_table

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_TABLES = (
    """
    CREATE TABLE insight.contact (
        event_key uuid PRIMARY KEY,
        citizen uuid NOT NULL,
        is_known boolean NOT NULL,
        logged_at timestamptz NOT NULL,
        occurred_at timestamptz NOT NULL,
        channel text NOT NULL,
        matter text NOT NULL,
        inbound boolean NOT NULL,
        neighbourhood text
    )
    """,
    "CREATE INDEX contact_by_moment ON insight.contact (occurred_at)",
    "CREATE INDEX contact_by_citizen ON insight.contact (citizen)",
    "CREATE TABLE insight.withdrawn (event_key uuid PRIMARY KEY)",
)


def upgrade() -> None:
    for table in _TABLES:
        op.execute(table)
    create_session_table("insight")
    create_stream_tables(op, "insight")


def downgrade() -> None:
    raise NotImplementedError("contacts are not thrown away by going back a version: restore a backup instead")
