"""The tables every reading service has in its own schema: where it stands, what it will say, what it parked, what it forgot."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.schema import CreateIndex, CreateTable

# A byte of a header stands as one letter; PostgreSQL takes no zero in text, so that is the first letter no byte has.
_ZERO = "\u0100"


@dataclass(frozen=True, slots=True)
class StreamTables:
    """The tables of one service."""

    stream_position: sa.Table
    outgoing: sa.Table
    parked: sa.Table
    erased_ref: sa.Table
    forgotten: sa.Table


def stream_tables(metadata: sa.MetaData, schema: str) -> StreamTables:
    """Adds the tables to the metadata of a service and returns them."""
    stream_position = sa.Table(
        "stream_position",
        metadata,
        sa.Column("reader", sa.Text, primary_key=True),
        sa.Column("topic", sa.Text, primary_key=True),
        sa.Column("partition", sa.Integer, primary_key=True),
        sa.Column("log_id", sa.Text, nullable=False),
        sa.Column("next_offset", sa.BigInteger, nullable=False),
        sa.Column("parked_in_a_row", sa.Integer, nullable=False, server_default="0"),
        sa.Column("moved_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        schema=schema,
    )
    outgoing = sa.Table(
        "outgoing",
        metadata,
        sa.Column("seq", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        sa.Column("event_key", sa.Uuid, nullable=False, unique=True),
        sa.Column("topic", sa.Text, nullable=False),
        sa.Column("key", sa.LargeBinary, nullable=False),
        sa.Column("value", sa.LargeBinary, nullable=False),
        sa.Column("headers", JSONB, nullable=False, server_default="[]"),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        sa.Column("published_in", sa.Text),
        sa.Column("refused", sa.Text),
        schema=schema,
    )
    sa.Index("outgoing_waiting", outgoing.c.seq, postgresql_where=sa.text("published_in IS NULL AND refused IS NULL"))
    sa.Index("outgoing_written_at", outgoing.c.written_at)
    # What was parked may bear any key, also one that is too long for an index; an erasure looks for references only.
    sa.Index("outgoing_key", outgoing.c.key, postgresql_where=sa.text("length(key) = 16"))
    parked = sa.Table(
        "parked",
        metadata,
        sa.Column("parked_id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        sa.Column("reader", sa.Text, nullable=False),
        sa.Column("topic", sa.Text, nullable=False),
        sa.Column("partition", sa.Integer, nullable=False),
        sa.Column("record_offset", sa.BigInteger, nullable=False),
        sa.Column("log_id", sa.Text, nullable=False),
        sa.Column("key", sa.LargeBinary),
        sa.Column("value", sa.LargeBinary),
        sa.Column("headers", JSONB, nullable=False, server_default="[]"),
        sa.Column("content_digest", sa.LargeBinary, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("detail", sa.Text, nullable=False, server_default=""),
        sa.Column("parked_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        sa.Column("tries", sa.Integer, nullable=False, server_default="0"),
        sa.Column("tried_at", sa.DateTime(timezone=True)),
        sa.UniqueConstraint("reader", "topic", "content_digest", name="parked_once"),
        schema=schema,
    )
    sa.Index("parked_key", parked.c.key, postgresql_where=sa.text("length(key) = 16"))
    erased_ref = sa.Table(
        "erased_ref",
        metadata,
        sa.Column("ref", sa.Uuid, primary_key=True),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=False),
        schema=schema,
    )
    forgotten = sa.Table(
        "forgotten",
        metadata,
        sa.Column("erasure", sa.Uuid, primary_key=True),
        sa.Column("forgotten_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        sa.Column("counts", JSONB, nullable=False),
        schema=schema,
    )
    return StreamTables(stream_position, outgoing, parked, erased_ref, forgotten)


def create_stream_tables(op: Any, schema: str) -> None:
    """Creates the tables in a migration; `op` is Alembic's. To be called once, in a service's first migration."""
    metadata = sa.MetaData()
    stream_tables(metadata, schema)
    for table in metadata.sorted_tables:
        op.execute(CreateTable(table))
        for index in sorted(table.indexes, key=lambda each: str(each.name)):
            op.execute(CreateIndex(index))


def text_to_row(text: str) -> str:
    """Returns text as PostgreSQL takes it: a zero, or half a letter, becomes the sign for what cannot be shown."""
    return text.replace("\x00", "\ufffd").encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def count_tries_of_parked(op: Any, schema: str) -> None:
    """Lets a parked table of before remember how often it was tried again; one made since already does."""
    table = f"{schema}.parked"
    op.execute(f"ALTER TABLE {table} ADD COLUMN IF NOT EXISTS tries integer NOT NULL DEFAULT 0")
    op.execute(f"ALTER TABLE {table} ADD COLUMN IF NOT EXISTS tried_at timestamptz")
    op.execute(f"ALTER TABLE {table} DROP COLUMN IF EXISTS redriven_at")


def find_by_key_and_forget(op: Any, schema: str) -> None:
    """Lets stream tables of before find rows by their key, and note what is erased; those made since already do."""
    metadata = sa.MetaData()
    tables = stream_tables(metadata, schema)
    for table in (tables.erased_ref, tables.forgotten):
        op.execute(CreateTable(table, if_not_exists=True))
    for table, name in ((tables.outgoing, "outgoing_key"), (tables.parked, "parked_key")):
        (index,) = (each for each in table.indexes if each.name == name)
        op.execute(CreateIndex(index, if_not_exists=True))


def headers_to_rows(headers: Iterable[tuple[str, bytes | None]]) -> list[list[str]]:
    """Returns headers as their column holds them, whatever bytes they are; a header without a value has an empty one."""
    return [[_letters(name.encode()), _letters(value or b"")] for name, value in headers]


def headers_from_rows(rows: Iterable[list[str]]) -> tuple[tuple[str, bytes], ...]:
    """Returns headers from their column, as they were."""
    return tuple((_bytes(name).decode(), _bytes(value)) for name, value in rows)


def _letters(raw: bytes) -> str:
    return raw.decode("latin-1").replace("\x00", _ZERO)


def _bytes(letters: str) -> bytes:
    return letters.replace(_ZERO, "\x00").encode("latin-1")
