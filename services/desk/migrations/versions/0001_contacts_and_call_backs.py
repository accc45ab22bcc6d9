"""Sessions, contacts in hand, and promises to phone."""

from alembic import op

from event_bus.tables import create_stream_tables
from pages.sessions import create_session_table

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_TABLES = (
    """
    CREATE TABLE desk.contact_in_hand (
        id uuid PRIMARY KEY,
        owner text NOT NULL,
        at text NOT NULL,
        purpose text NOT NULL,
        opened_at timestamptz NOT NULL,
        sent_at timestamptz,
        citizen uuid,
        sealed bytea NOT NULL
    )
    """,
    "CREATE INDEX contact_in_hand_by_owner ON desk.contact_in_hand (owner, opened_at DESC)",
    "CREATE INDEX contact_in_hand_by_citizen ON desk.contact_in_hand (citizen)",
    """
    CREATE TABLE desk.call_back_said (
        event_key uuid PRIMARY KEY,
        entry uuid NOT NULL,
        kind text NOT NULL,
        citizen uuid NOT NULL,
        key_version smallint NOT NULL,
        said_at timestamptz NOT NULL,
        logged_at timestamptz NOT NULL,
        matter text,
        before timestamptz,
        owner text,
        confidential boolean,
        kept_at timestamptz
    )
    """,
    "CREATE INDEX call_back_said_by_entry ON desk.call_back_said (entry)",
    "CREATE INDEX call_back_said_by_citizen ON desk.call_back_said (citizen)",
    """
    CREATE TABLE desk.call_back (
        entry uuid PRIMARY KEY,
        citizen text NOT NULL,
        matter text NOT NULL,
        before timestamptz NOT NULL,
        owner text,
        confidential boolean NOT NULL,
        kept_at timestamptz
    )
    """,
    "CREATE TABLE desk.incoming_call (code bytea PRIMARY KEY, ends_at timestamptz NOT NULL, sealed bytea NOT NULL)",
    "CREATE INDEX call_back_open ON desk.call_back (before, entry) WHERE kept_at IS NULL",
)


def upgrade() -> None:
    for table in _TABLES:
        op.execute(table)
    create_session_table("desk")
    create_stream_tables(op, "desk")


def downgrade() -> None:
    raise NotImplementedError("promises to phone are not thrown away by going back a version: restore a backup instead")
