"""Sessions, and what citizens said of wishes and mandates."""

from alembic import op

from event_bus.tables import create_stream_tables
from pages.sessions import create_session_table

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE my_plein.fact (
            event_key uuid PRIMARY KEY,
            citizen uuid NOT NULL,
            at timestamptz NOT NULL,
            logged_at timestamptz NOT NULL,
            what text NOT NULL,
            body text NOT NULL
        )
        """
    )
    op.execute("CREATE INDEX fact_by_citizen ON my_plein.fact (citizen)")
    create_session_table("my_plein")
    create_stream_tables(op, "my_plein")


def downgrade() -> None:
    raise NotImplementedError("what citizens said is not thrown away by going back a version: restore a backup instead")
