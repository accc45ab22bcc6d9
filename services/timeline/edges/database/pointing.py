"""Which contact points came along with whom: what a search by phone number or e-mail address goes by."""

from collections.abc import Sequence
from typing import Any, LiteralString

import psycopg
from psycopg import sql

from timeline.domain.links import Reference

_POINTS: LiteralString = """
INSERT INTO {} (point, point_version, point_kind, citizen, citizen_version, citizen_kind)
SELECT * FROM unnest(%s::uuid[], %s::smallint[], %s::text[], %s::uuid[], %s::smallint[], %s::text[])
ON CONFLICT DO NOTHING
"""


async def keep_points(
    connection: psycopg.AsyncConnection[Any], points: Sequence[tuple[Reference, Reference]], *, table: str = "contact_point_seen"
) -> None:
    """Keeps (contact point, citizen) pairs; a pair that is known changes nothing."""
    if not points:
        return
    await connection.execute(
        sql.SQL(_POINTS).format(sql.Identifier("timeline", table)),
        (
            [point.ref.uuid for point, _ in points],
            [point.ref.key_version for point, _ in points],
            [point.kind for point, _ in points],
            [citizen.ref.uuid for _, citizen in points],
            [citizen.ref.key_version for _, citizen in points],
            [citizen.kind for _, citizen in points],
        ),
    )
