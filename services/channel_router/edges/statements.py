"""The SQL of `PostgresFacts`. Whole batches go by arrays, in binary (`%b`), which spares the quoting of every text."""

from collections.abc import Mapping
from typing import LiteralString

ADD_CONTACTS: LiteralString = """
    INSERT INTO channel_router.contact (event_key, citizen, at, logged_at, body)
    SELECT * FROM unnest(%b::uuid[], %b::uuid[], %b::timestamptz[], %b::timestamptz[], %b::text[])
    ON CONFLICT (event_key) DO NOTHING
"""
ADD_SENDINGS: LiteralString = """
    INSERT INTO channel_router.sending (event_key, citizen, channel, at, failed)
    SELECT * FROM unnest(%b::uuid[], %b::uuid[], %b::text[], %b::timestamptz[], %b::boolean[])
    ON CONFLICT (event_key) DO NOTHING
"""
ADD_FACTS: LiteralString = """
    INSERT INTO channel_router.citizen_fact (event_key, citizen, at, logged_at, what, body)
    SELECT * FROM unnest(%b::uuid[], %b::uuid[], %b::timestamptz[], %b::timestamptz[], %b::text[], %b::text[])
    ON CONFLICT (event_key) DO NOTHING
"""
ADD_LINKS: LiteralString = """
    INSERT INTO channel_router.link (event_key, citizen, at, logged_at, link_id, one, one_key, other, other_key, linked)
    SELECT * FROM unnest(
        %b::uuid[], %b::uuid[], %b::timestamptz[], %b::timestamptz[],
        %b::text[], %b::uuid[], %b::smallint[], %b::uuid[], %b::smallint[], %b::boolean[]
    )
    ON CONFLICT (event_key) DO NOTHING
"""
KEEP_CHOICES: LiteralString = """
    INSERT INTO channel_router.choice (request_key, content_digest, citizen, channel, not_before, chosen_at, logged_at, counts)
    SELECT * FROM unnest(
        %b::uuid[], %b::bytea[], %b::uuid[], %b::text[], %b::timestamptz[], %b::timestamptz[], %b::timestamptz[], %b::boolean[]
    )
"""
CONTACTS: LiteralString = """
    SELECT newest.citizen, newest.event_key, newest.at, newest.logged_at, newest.body
    FROM unnest(%b::uuid[]) AS asked (citizen)
    CROSS JOIN LATERAL (
        SELECT * FROM channel_router.contact AS kept WHERE kept.citizen = asked.citizen ORDER BY kept.at DESC LIMIT %s
    ) AS newest
"""
FACTS: LiteralString = """
    SELECT citizen, event_key, at, logged_at, what, body FROM channel_router.citizen_fact WHERE citizen = ANY(%b::uuid[])
"""
OUTREACHES: LiteralString = """
    SELECT citizen, not_before FROM channel_router.choice WHERE citizen = ANY(%b::uuid[]) AND not_before > %s AND counts
"""
HEALTH: LiteralString = """
    SELECT channel, count(*), count(*) FILTER (WHERE failed)
    FROM channel_router.sending WHERE at > %s AND at <= %s GROUP BY channel
"""
LINKS: LiteralString = """
    SELECT event_key, link_id, one, one_key, other, other_key, at, logged_at, linked FROM channel_router.link
    WHERE one = ANY(%b::uuid[])
    UNION
    SELECT event_key, link_id, one, one_key, other, other_key, at, logged_at, linked FROM channel_router.link
    WHERE other = ANY(%b::uuid[])
"""
CHOSEN: LiteralString = "SELECT request_key, content_digest FROM channel_router.choice WHERE request_key = ANY(%b::uuid[])"
FORGET: Mapping[str, LiteralString] = {
    "sendings": """
    DELETE FROM channel_router.sending
    WHERE event_key IN (
        SELECT event_key FROM channel_router.contact WHERE citizen = ANY(%(refs)b::uuid[]) AND logged_at <= %(erased_at)s
    )
    """,
    "contacts": "DELETE FROM channel_router.contact WHERE citizen = ANY(%(refs)b::uuid[]) AND logged_at <= %(erased_at)s",
    "facts": "DELETE FROM channel_router.citizen_fact WHERE citizen = ANY(%(refs)b::uuid[]) AND logged_at <= %(erased_at)s",
    "links": """
    DELETE FROM channel_router.link
    WHERE (one = ANY(%(refs)b::uuid[]) OR other = ANY(%(refs)b::uuid[])) AND logged_at <= %(erased_at)s
    """,
    "choices": "DELETE FROM channel_router.choice WHERE citizen = ANY(%(refs)b::uuid[]) AND logged_at <= %(erased_at)s",
    "requests": "DELETE FROM channel_router.request_heard WHERE citizen = ANY(%(refs)b::uuid[]) AND heard_at <= %(erased_at)s",
}
