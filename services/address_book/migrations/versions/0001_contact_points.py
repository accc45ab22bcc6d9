"""Contact points, who said so, what became of them, and who looked."""

from alembic import op

from event_bus.tables import create_stream_tables

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_TABLES = (
    """
    CREATE TABLE address_book.known_event (
        event_key uuid PRIMARY KEY,
        content_digest bytea NOT NULL
    )
    """,
    """
    CREATE TABLE address_book.contact_point (
        id uuid PRIMARY KEY,
        citizen uuid NOT NULL,
        citizen_key_version smallint NOT NULL,
        point uuid NOT NULL,
        point_key_version smallint NOT NULL,
        kind text NOT NULL,
        storage_key_version smallint,
        sealed bytea,
        UNIQUE (citizen, point),
        CHECK ((sealed IS NULL) = (storage_key_version IS NULL))
    )
    """,
    "CREATE INDEX contact_point_by_blind_index ON address_book.contact_point (point)",
    """
    CREATE TABLE address_book.hearing (
        citizen uuid NOT NULL,
        point uuid NOT NULL,
        event_key uuid NOT NULL,
        source text NOT NULL,
        event_id text NOT NULL,
        assurance text NOT NULL,
        occurred_at timestamptz NOT NULL,
        logged_at timestamptz NOT NULL,
        PRIMARY KEY (citizen, point, event_key)
    )
    """,
    """
    CREATE TABLE address_book.withdrawn_event (
        event_key uuid NOT NULL,
        citizen uuid NOT NULL,
        PRIMARY KEY (event_key, citizen)
    )
    """,
    """
    CREATE TABLE address_book.address_fact (
        event_key uuid PRIMARY KEY,
        citizen uuid NOT NULL,
        citizen_key_version smallint NOT NULL,
        point uuid NOT NULL,
        point_key_version smallint NOT NULL,
        what text NOT NULL CHECK (what IN ('verified', 'bounced')),
        at timestamptz NOT NULL,
        how text NOT NULL,
        for_good boolean NOT NULL,
        logged_at timestamptz NOT NULL
    )
    """,
    "CREATE INDEX address_fact_by_point ON address_book.address_fact (point)",
    "CREATE INDEX address_fact_by_citizen ON address_book.address_fact (citizen)",
    """
    CREATE TABLE address_book.link (
        link_id text PRIMARY KEY,
        citizen uuid NOT NULL,
        citizen_key_version smallint NOT NULL,
        other uuid NOT NULL,
        other_key_version smallint NOT NULL,
        logged_at timestamptz NOT NULL
    )
    """,
    "CREATE INDEX link_by_citizen ON address_book.link (citizen)",
    "CREATE INDEX link_by_other ON address_book.link (other)",
    "CREATE TABLE address_book.unlink (link_id text PRIMARY KEY)",
    """
    CREATE TABLE address_book.access_line (
        line_id uuid PRIMARY KEY,
        citizen uuid NOT NULL,
        citizen_key_version smallint NOT NULL,
        seen_by text NOT NULL,
        role text,
        organisation_name text,
        purpose text NOT NULL,
        legal_basis text NOT NULL,
        what text NOT NULL,
        seen_at timestamptz NOT NULL,
        contact_point uuid,
        trace_id text,
        span_id text
    )
    """,
    "CREATE INDEX access_line_by_citizen ON address_book.access_line (citizen, seen_at DESC)",
)


def upgrade() -> None:
    for table in _TABLES:
        op.execute(table)
    create_stream_tables(op, "address_book")


def downgrade() -> None:
    raise NotImplementedError("contact points are not thrown away by going back a version: restore a backup instead")
