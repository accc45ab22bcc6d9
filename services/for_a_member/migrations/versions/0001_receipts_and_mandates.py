"""Sessions, receipts of what organisations sent, and their mandates."""

from alembic import op

from event_bus.tables import create_stream_tables
from pages.sessions import create_session_table

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_TABLES = (
    """
    CREATE TABLE for_a_member.sent (
        event_key uuid PRIMARY KEY,
        organisation text NOT NULL,
        receipt text NOT NULL,
        member_number text,
        matter text NOT NULL,
        sent_by text NOT NULL,
        sent_at timestamptz NOT NULL
    )
    """,
    "CREATE INDEX sent_by_organisation ON for_a_member.sent (organisation, sent_at DESC)",
    """
    CREATE TABLE for_a_member.mandate_said (
        event_key uuid PRIMARY KEY,
        citizen uuid NOT NULL,
        organisation text NOT NULL,
        mandate_id text NOT NULL,
        logged_at timestamptz NOT NULL,
        matters text[] NOT NULL,
        valid_from timestamptz,
        valid_until timestamptz,
        ended_at timestamptz
    )
    """,
    "CREATE INDEX mandate_said_by_organisation ON for_a_member.mandate_said (organisation, mandate_id)",
    "CREATE INDEX mandate_said_by_citizen ON for_a_member.mandate_said (citizen)",
)


def upgrade() -> None:
    for table in _TABLES:
        op.execute(table)
    create_session_table("for_a_member")
    create_stream_tables(op, "for_a_member")


def downgrade() -> None:
    raise NotImplementedError("receipts are not thrown away by going back a version: restore a backup instead")
