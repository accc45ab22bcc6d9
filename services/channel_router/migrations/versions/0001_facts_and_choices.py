"""Facts about citizens, choices, erasures, and the tables of the stream.

Rows are only added. `body` is JSON as text, because it is only ever read whole.
"""

from alembic import op

from event_bus.tables import create_stream_tables

revision = "0001"
down_revision = None

_TABLES = (
    """
    CREATE TABLE channel_router.contact (
        event_key uuid PRIMARY KEY,
        citizen uuid NOT NULL,
        at timestamptz NOT NULL,
        logged_at timestamptz NOT NULL,
        body text NOT NULL
    )
    """,
    "CREATE INDEX contact_newest ON channel_router.contact (citizen, at DESC)",
    """
    CREATE TABLE channel_router.sending (
        event_key uuid PRIMARY KEY,
        citizen uuid NOT NULL,
        channel text NOT NULL,
        at timestamptz NOT NULL,
        failed boolean NOT NULL
    )
    """,
    "CREATE INDEX sending_at ON channel_router.sending (at)",
    """
    CREATE TABLE channel_router.citizen_fact (
        event_key uuid PRIMARY KEY,
        citizen uuid NOT NULL,
        at timestamptz NOT NULL,
        logged_at timestamptz NOT NULL,
        what text NOT NULL,
        body text NOT NULL
    )
    """,
    "CREATE INDEX citizen_fact_citizen ON channel_router.citizen_fact (citizen)",
    """
    CREATE TABLE channel_router.link (
        event_key uuid PRIMARY KEY,
        citizen uuid NOT NULL,
        at timestamptz NOT NULL,
        logged_at timestamptz NOT NULL,
        link_id text NOT NULL,
        one uuid NOT NULL,
        other uuid NOT NULL,
        linked boolean NOT NULL
    )
    """,
    "CREATE INDEX link_one ON channel_router.link (one)",
    "CREATE INDEX link_other ON channel_router.link (other)",
    "CREATE TABLE channel_router.erased (ref uuid PRIMARY KEY, erased_at timestamptz NOT NULL)",
    """
    CREATE TABLE channel_router.choice (
        request_key uuid PRIMARY KEY,
        content_digest bytea NOT NULL,
        citizen uuid NOT NULL,
        channel text NOT NULL,
        not_before timestamptz NOT NULL,
        chosen_at timestamptz NOT NULL,
        counts boolean NOT NULL
    )
    """,
    "CREATE INDEX choice_budget ON channel_router.choice (citizen, not_before) WHERE counts",
    """
    CREATE TABLE channel_router.request_heard (
        event_key uuid PRIMARY KEY,
        citizen uuid NOT NULL,
        content_digest bytea NOT NULL,
        heard_at timestamptz NOT NULL
    )
    """,
)


def upgrade() -> None:
    """Makes the tables."""
    for statement in _TABLES:
        op.execute(statement)
    create_stream_tables(op, "channel_router")


def downgrade() -> None:
    """Takes the tables away, with what is in them."""
    for table in ("contact", "sending", "citizen_fact", "link", "erased", "choice", "request_heard"):
        op.execute(f"DROP TABLE channel_router.{table}")
    for table in ("stream_position", "outgoing", "parked"):
        op.execute(f"DROP TABLE channel_router.{table}")
