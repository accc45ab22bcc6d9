"""The tables of the timeline, in its own schema; the migrations create them."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import BYTEA, TIMESTAMP, UUID

from event_bus.tables import stream_tables

SCHEMA = "timeline"
PARTITIONS = 16
# One lock of the whole timeline: a landing takes it shared; one that amends, links or erases takes it alone, so that it
# sees what others bring and they see what it changed.
LANDING_LOCK = 0x706C65696E01

metadata = sa.MetaData()
stream = stream_tables(metadata, SCHEMA)


def _moment(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, TIMESTAMP(timezone=True), nullable=nullable)


def _landed(name: str = "landed_at") -> sa.Column[object]:
    return sa.Column(name, TIMESTAMP(timezone=True), nullable=False, server_default=sa.func.now())


known_event = sa.Table(
    "known_event",
    metadata,
    sa.Column("event_id", UUID, primary_key=True),
    sa.Column("content_digest", BYTEA, nullable=False),
    sa.Column("citizen", UUID, nullable=False),
    schema=SCHEMA,
    postgresql_partition_by="HASH (event_id)",
)
# `occurred_at`, `matter` and `confidential` are those of now, after corrections: what a page is ordered and filtered by.
# `raw` is the event as it came.
entry = sa.Table(
    "entry",
    metadata,
    sa.Column("citizen", UUID, primary_key=True),
    sa.Column("occurred_at", TIMESTAMP(timezone=True), primary_key=True),
    sa.Column("event_id", UUID, primary_key=True),
    _moment("logged_at"),
    _landed(),
    _landed("changed_at"),
    sa.Column("key_version", sa.SmallInteger, nullable=False),
    sa.Column("confidential", sa.Boolean, nullable=False),
    sa.Column("channel", sa.Text, nullable=False),
    sa.Column("matter", sa.Text, nullable=False),
    sa.Column("raw", BYTEA, nullable=False),
    schema=SCHEMA,
    postgresql_partition_by="HASH (citizen)",
)
amendment = sa.Table(
    "amendment",
    metadata,
    sa.Column("target", UUID, primary_key=True),
    sa.Column("event_id", UUID, primary_key=True),
    sa.Column("citizen", UUID, nullable=False),
    _moment("logged_at"),
    _landed(),
    sa.Column("raw", BYTEA, nullable=False),
    sa.Index("amendment_citizen", "citizen"),
    schema=SCHEMA,
)
link = sa.Table(
    "link",
    metadata,
    sa.Column("event_id", UUID, primary_key=True),
    sa.Column("link_id", sa.Text, nullable=False),
    sa.Column("one", UUID, nullable=False),
    sa.Column("other", UUID, nullable=False),
    _moment("logged_at"),
    _landed(),
    sa.Column("raw", BYTEA, nullable=False),
    sa.Index("link_one", "one"),
    sa.Index("link_other", "other"),
    sa.Index("link_by_id", "link_id"),
    schema=SCHEMA,
)
link_undone = sa.Table(
    "link_undone",
    metadata,
    sa.Column("link_id", sa.Text, primary_key=True),
    sa.Column("event_id", UUID, primary_key=True),
    sa.Column("citizen", UUID, nullable=False),
    _landed(),
    sa.Column("raw", BYTEA, nullable=False),
    sa.Column("other", UUID, nullable=False),
    _moment("logged_at"),
    sa.Index("link_undone_citizen", "citizen"),
    sa.Index("link_undone_other", "other"),
    schema=SCHEMA,
)
# The links that hold, both ways round: derived from `link` and `link_undone`, so that a page finds a person in one step.
joined = sa.Table(
    "joined",
    metadata,
    sa.Column("ref", UUID, primary_key=True),
    sa.Column("other", UUID, primary_key=True),
    sa.Column("other_version", sa.SmallInteger, nullable=False),
    sa.Column("other_kind", sa.Text, nullable=False),
    schema=SCHEMA,
)
contact_point_seen = sa.Table(
    "contact_point_seen",
    metadata,
    sa.Column("point", UUID, primary_key=True),
    sa.Column("citizen", UUID, primary_key=True),
    sa.Column("point_version", sa.SmallInteger, nullable=False),
    sa.Column("point_kind", sa.Text, nullable=False),
    sa.Column("citizen_version", sa.SmallInteger, nullable=False),
    sa.Column("citizen_kind", sa.Text, nullable=False),
    sa.Index("contact_point_seen_citizen", "citizen"),
    schema=SCHEMA,
)
# A row per source and partition, so that batches of two partitions do not wait for each other.
source_heard = sa.Table(
    "source_heard",
    metadata,
    sa.Column("source", sa.Text, primary_key=True),
    sa.Column("lane", sa.Text, primary_key=True),
    _moment("heard_at"),
    schema=SCHEMA,
)
# Entries that were erased. Their amendments may have come under another reference, and would come back with a replay.
erased_event = sa.Table("erased_event", metadata, sa.Column("event_id", UUID, primary_key=True), schema=SCHEMA)
access_log = sa.Table(
    "access_log",
    metadata,
    sa.Column("citizen", UUID, primary_key=True),
    sa.Column("seen_at", TIMESTAMP(timezone=True), primary_key=True),
    sa.Column("looking", UUID, primary_key=True),
    sa.Column("raw", BYTEA, nullable=False),
    schema=SCHEMA,
    postgresql_partition_by="HASH (citizen)",
)
