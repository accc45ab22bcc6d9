"""Timelines that are there already: rows made by PostgreSQL itself, each as the timeline would have kept a readable event."""

from functools import cached_property
from urllib.parse import urlsplit

import psycopg

from benchmarks.checking import Expected, found_in
from plein.local.postgres import EmbeddedPostgres

# One citizen with a long life of contacts: page 1,000 of 50 must exist.
HOT_ENTRIES = 50_100
ENTRIES_EACH = 100
_AT_ONCE = 250_000
SOURCE = "urn:nld:oin:00000001823288444000:systeem:telefoon"
CITIZEN = "substr(sha256(convert_to('kept ' || {number}, 'UTF8')), 1, 16)"
# The keys and bytes are those the codec gives for these events; the checker of the reads depends on it.
_FILL = """
WITH made AS (
    SELECT n, encode({citizen}, 'hex') AS ref, timestamptz '2020-01-01 00:00Z' + n * interval '17 seconds' AS at
    FROM generate_series({first}, {last}) n
), named AS (
    SELECT ref, at, encode(substr(sha256(convert_to('{source}', 'UTF8') || '\\x00' || convert_to('kept-' || n, 'UTF8')), 1, 16),
        'hex')::uuid AS event_id, format(
        '{{"specversion":"1.0","id":"kept-%1$s","source":"{source}","type":"nl.plein.interaction.recorded.v1","time":"%2$s",'
        '"subject":"c1-%3$s","datacontenttype":"application/json","contentdigest":"%3$s","data":{{"citizen":{{"ref":"c1-%3$s",'
        '"kind":"bsn","assurance":"substantial"}},"channel":"phone","direction":"inbound","matter":"aow","occurred_at":"%2$s",'
        '"recorded_at":"%2$s","summary":"Vraagt of de aanvraag compleet is.","reached":true}}}}',
        n, to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), ref) AS said
    FROM made
), known AS (
    INSERT INTO timeline.known_event SELECT event_id, decode(ref, 'hex'), ref::uuid FROM named
)
INSERT INTO timeline.entry (citizen, occurred_at, event_id, logged_at, key_version, confidential, channel, matter, raw)
SELECT ref::uuid, at, event_id, at, 1, false, 'phone', 'aow', convert_to(said, 'UTF8') FROM named
"""


class Filled:
    """A database with many rows, which others are copied from. Made when it is first asked for, vacuumed and analysed."""

    def __init__(self, rows: int, template: str, server: EmbeddedPostgres, url: str) -> None:
        self.rows = rows
        self.url = url
        self.database = urlsplit(url).path[1:]
        self.hot = min(HOT_ENTRIES, rows // 4)
        self.citizens = (rows - self.hot) // ENTRIES_EACH
        server.execute(f"CREATE DATABASE {self.database} TEMPLATE {template} STRATEGY FILE_COPY")
        self._fill()

    @cached_property
    def expected(self) -> Expected:
        """What stands in it, so that a later look can tell whether anything of it changed."""
        return found_in(self.url)

    def forget_log(self) -> None:
        """Forgets where a service stood in the log of a broker that is gone: the next one reads another."""
        with psycopg.connect(self.url) as connection:
            connection.execute("DELETE FROM timeline.stream_position")

    def reference(self, number: int) -> str:
        """Returns a citizen's reference: 0 has the long timeline, 1 to `citizens` have ordinary ones."""
        with psycopg.connect(self.url) as connection:
            found = connection.execute(f"SELECT encode({CITIZEN.format(number=number)}, 'hex')".encode()).fetchone()
        assert found is not None
        return f"c1-{found[0]}"

    def references(self, numbers: list[int]) -> list[str]:
        with psycopg.connect(self.url) as connection:
            made = CITIZEN.format(number="n")
            rows = connection.execute(f"SELECT encode({made}, 'hex') FROM unnest(%s::int[]) n".encode(), (numbers,))
            return [f"c1-{row[0]}" for row in rows]

    def _fill(self) -> None:
        number = f"CASE WHEN n <= {self.hot} THEN 0 ELSE 1 + (n::bigint * 7919) % {self.citizens} END"
        with psycopg.connect(self.url, autocommit=True, options="-c timezone=UTC") as connection:
            for first in range(1, self.rows + 1, _AT_ONCE):
                last = min(self.rows, first + _AT_ONCE - 1)
                made = CITIZEN.format(number=f"({number})")
                connection.execute(_FILL.format(citizen=made, first=first, last=last, source=SOURCE).encode())
            connection.execute("VACUUM (ANALYZE) timeline.entry")
            connection.execute("VACUUM (ANALYZE) timeline.known_event")
