"""The timeline as first built."""

from alembic import op

from event_bus.tables import create_stream_tables

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_TABLES = """
CREATE TABLE timeline.known_event (
    event_id uuid NOT NULL PRIMARY KEY,
    content_digest bytea NOT NULL,
    citizen uuid NOT NULL
) PARTITION BY HASH (event_id);

CREATE TABLE timeline.entry (
    citizen uuid NOT NULL,
    occurred_at timestamptz NOT NULL,
    event_id uuid NOT NULL,
    logged_at timestamptz NOT NULL,
    landed_at timestamptz NOT NULL DEFAULT now(),
    changed_at timestamptz NOT NULL DEFAULT now(),
    key_version smallint NOT NULL,
    confidential boolean NOT NULL,
    channel text NOT NULL,
    matter text NOT NULL,
    raw bytea NOT NULL,
    PRIMARY KEY (citizen, occurred_at, event_id)
) PARTITION BY HASH (citizen);

CREATE TABLE timeline.amendment (
    target uuid NOT NULL,
    event_id uuid NOT NULL,
    citizen uuid NOT NULL,
    logged_at timestamptz NOT NULL,
    landed_at timestamptz NOT NULL DEFAULT now(),
    raw bytea NOT NULL,
    PRIMARY KEY (target, event_id)
);
CREATE INDEX amendment_citizen ON timeline.amendment (citizen);

CREATE TABLE timeline.link (
    event_id uuid NOT NULL PRIMARY KEY,
    link_id text NOT NULL,
    one uuid NOT NULL,
    other uuid NOT NULL,
    logged_at timestamptz NOT NULL,
    landed_at timestamptz NOT NULL DEFAULT now(),
    raw bytea NOT NULL
);
CREATE INDEX link_one ON timeline.link (one);
CREATE INDEX link_other ON timeline.link (other);
CREATE INDEX link_by_id ON timeline.link (link_id);

CREATE TABLE timeline.link_undone (
    link_id text NOT NULL,
    event_id uuid NOT NULL,
    citizen uuid NOT NULL,
    landed_at timestamptz NOT NULL DEFAULT now(),
    raw bytea NOT NULL,
    PRIMARY KEY (link_id, event_id)
);

CREATE TABLE timeline.joined (
    ref uuid NOT NULL,
    other uuid NOT NULL,
    other_version smallint NOT NULL,
    other_kind text NOT NULL,
    PRIMARY KEY (ref, other)
);

CREATE TABLE timeline.contact_point_seen (
    point uuid NOT NULL,
    citizen uuid NOT NULL,
    point_version smallint NOT NULL,
    point_kind text NOT NULL,
    citizen_version smallint NOT NULL,
    citizen_kind text NOT NULL,
    PRIMARY KEY (point, citizen)
);
CREATE INDEX contact_point_seen_citizen ON timeline.contact_point_seen (citizen);

CREATE TABLE timeline.source_heard (
    source text NOT NULL,
    lane text NOT NULL,
    heard_at timestamptz NOT NULL,
    PRIMARY KEY (source, lane)
);

CREATE TABLE timeline.access_log (
    citizen uuid NOT NULL,
    seen_at timestamptz NOT NULL,
    looking uuid NOT NULL,
    raw bytea NOT NULL,
    PRIMARY KEY (citizen, seen_at, looking)
) PARTITION BY HASH (citizen);
"""


def upgrade() -> None:
    create_stream_tables(op, "timeline")
    for statement in _TABLES.split(";"):
        if statement.strip():
            op.execute(statement)
    for table in ("known_event", "entry", "access_log"):
        for part in range(16):
            op.execute(
                f"CREATE TABLE timeline.{table}_{part:02} PARTITION OF timeline.{table}"
                f" FOR VALUES WITH (MODULUS 16, REMAINDER {part})"
            )


def downgrade() -> None:
    raise NotImplementedError("the timeline is append-only: restore a backup to go back before its first migration")
