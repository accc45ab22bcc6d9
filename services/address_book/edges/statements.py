"""The SQL of the address book. Every statement may run twice; arrays carry whole batches."""

from collections.abc import Mapping
from typing import LiteralString

CLAIM: LiteralString = """
INSERT INTO address_book.known_event (event_key, content_digest)
SELECT * FROM unnest(%s::uuid[], %s::bytea[])
ON CONFLICT DO NOTHING RETURNING event_key
"""
CLAIMED: LiteralString = "SELECT event_key, content_digest FROM address_book.known_event WHERE event_key = ANY(%s)"
KEPT_TEXTS: LiteralString = "SELECT id FROM address_book.contact_point WHERE id = ANY(%s) AND sealed IS NOT NULL"

WITHDRAW: LiteralString = """
INSERT INTO address_book.withdrawn_event (event_key, citizen) SELECT * FROM unnest(%s::uuid[], %s::uuid[]) ON CONFLICT DO NOTHING
"""
LINK: LiteralString = """
INSERT INTO address_book.link (link_id, citizen, citizen_key_version, other, other_key_version, logged_at)
SELECT new.* FROM unnest(%s::text[], %s::uuid[], %s::smallint[], %s::uuid[], %s::smallint[], %s::timestamptz[])
    AS new (link_id, citizen, citizen_key_version, other, other_key_version, logged_at)
WHERE NOT EXISTS (
    SELECT FROM address_book.erased_ref gone WHERE gone.ref IN (new.citizen, new.other) AND new.logged_at <= gone.erased_at)
ON CONFLICT DO NOTHING
"""
UNLINK: LiteralString = "INSERT INTO address_book.unlink (link_id) SELECT unnest(%s::text[]) ON CONFLICT DO NOTHING"
KEEP_FACT: LiteralString = """
INSERT INTO address_book.address_fact
    (event_key, citizen, citizen_key_version, point, point_key_version, what, at, how, for_good, logged_at)
SELECT new.* FROM unnest(
    %s::uuid[], %s::uuid[], %s::smallint[], %s::uuid[], %s::smallint[],
    %s::text[], %s::timestamptz[], %s::text[], %s::boolean[], %s::timestamptz[]
) AS new (event_key, citizen, citizen_key_version, point, point_key_version, what, at, how, for_good, logged_at)
WHERE NOT EXISTS (SELECT FROM address_book.erased_ref gone WHERE gone.ref = new.citizen AND new.logged_at <= gone.erased_at)
ON CONFLICT DO NOTHING
"""
HEAR: LiteralString = """
INSERT INTO address_book.hearing (citizen, point, event_key, source, event_id, assurance, occurred_at, logged_at)
SELECT new.* FROM unnest(
    %s::uuid[], %s::uuid[], %s::uuid[], %s::text[], %s::text[], %s::text[], %s::timestamptz[], %s::timestamptz[]
) AS new (citizen, point, event_key, source, event_id, assurance, occurred_at, logged_at)
WHERE NOT EXISTS (SELECT FROM address_book.erased_ref gone WHERE gone.ref = new.citizen AND new.logged_at <= gone.erased_at)
ON CONFLICT DO NOTHING
"""
KEEP_POINT: LiteralString = """
INSERT INTO address_book.contact_point AS kept
    (id, citizen, citizen_key_version, point, point_key_version, kind, storage_key_version, sealed)
SELECT * FROM unnest(
    %s::uuid[], %s::uuid[], %s::smallint[], %s::uuid[], %s::smallint[], %s::text[], %s::smallint[], %s::bytea[])
ON CONFLICT (id) DO UPDATE SET storage_key_version = EXCLUDED.storage_key_version, sealed = EXCLUDED.sealed
WHERE kept.sealed IS NULL AND EXCLUDED.sealed IS NOT NULL
"""

# Each returns how much went. Of what was withdrawn or undone nothing is left either.
FORGET: Mapping[str, LiteralString] = {
    "hearings": """
    WITH gone AS (
        DELETE FROM address_book.hearing WHERE citizen = ANY(%(refs)s) AND logged_at <= %(erased_at)s
        RETURNING event_key, citizen
    ), unknown AS (DELETE FROM address_book.known_event kept USING gone WHERE kept.event_key = gone.event_key
    ), no_withdrawal AS (
        DELETE FROM address_book.withdrawn_event kept USING gone
        WHERE kept.event_key = gone.event_key AND kept.citizen = gone.citizen
    )
    SELECT count(*) FROM gone
    """,
    "address_facts": """
    WITH gone AS (
        DELETE FROM address_book.address_fact WHERE citizen = ANY(%(refs)s) AND logged_at <= %(erased_at)s RETURNING event_key
    )
    SELECT count(*) FROM gone
    """,
    "links": """
    WITH gone AS (
        DELETE FROM address_book.link
        WHERE (citizen = ANY(%(refs)s) OR other = ANY(%(refs)s)) AND logged_at <= %(erased_at)s
        RETURNING link_id
    ), undone AS (DELETE FROM address_book.unlink kept USING gone WHERE kept.link_id = gone.link_id)
    SELECT count(*) FROM gone
    """,
}
DROP_UNHEARD: LiteralString = """
DELETE FROM address_book.contact_point kept
WHERE kept.citizen = ANY(%s) AND NOT EXISTS (
    SELECT FROM address_book.hearing heard
    WHERE heard.citizen = kept.citizen AND heard.point = kept.point AND NOT EXISTS (
        SELECT FROM address_book.withdrawn_event gone WHERE gone.event_key = heard.event_key AND gone.citizen = heard.citizen))
"""

LINKED: LiteralString = """
WITH RECURSIVE person (ref, key_version) AS (
    SELECT %s::uuid, %s::smallint
    UNION
    SELECT next.ref, next.key_version FROM person CROSS JOIN LATERAL (
        SELECT link.other, link.other_key_version FROM address_book.link
        WHERE link.citizen = person.ref AND NOT EXISTS (SELECT FROM address_book.unlink WHERE unlink.link_id = link.link_id)
        UNION ALL
        SELECT link.citizen, link.citizen_key_version FROM address_book.link
        WHERE link.other = person.ref AND NOT EXISTS (SELECT FROM address_book.unlink WHERE unlink.link_id = link.link_id)
    ) AS next (ref, key_version)
) SELECT ref, key_version FROM person LIMIT 100
"""

_HEARD: LiteralString = """
SELECT kept.citizen, kept.citizen_key_version, kept.point, kept.point_key_version, kept.kind,
    kept.storage_key_version, kept.sealed,
    min(heard.occurred_at), max(heard.occurred_at), count(*)::int, array_agg(DISTINCT heard.assurance),
    (array_agg(heard.source ORDER BY heard.occurred_at DESC, heard.event_key DESC))[1],
    (array_agg(heard.event_id ORDER BY heard.occurred_at DESC, heard.event_key DESC))[1]
FROM address_book.contact_point kept
JOIN address_book.hearing heard ON heard.citizen = kept.citizen AND heard.point = kept.point
WHERE NOT EXISTS (
    SELECT FROM address_book.withdrawn_event gone WHERE gone.event_key = heard.event_key AND gone.citizen = heard.citizen)
"""
_IN_ORDER: LiteralString = " GROUP BY kept.id ORDER BY max(heard.occurred_at) DESC, kept.id LIMIT %s"
OF_CITIZENS: LiteralString = _HEARD + " AND kept.citizen = ANY(%s)" + _IN_ORDER
HOLDERS: LiteralString = _HEARD + " AND kept.point = ANY(%s)" + _IN_ORDER
ONE: LiteralString = _HEARD + " AND kept.id = %s" + _IN_ORDER

FACTS: LiteralString = """
SELECT event_key, citizen, citizen_key_version, point, point_key_version, what, at, how, for_good, logged_at
FROM address_book.address_fact WHERE point = ANY(%s)
"""
KEEP_LINES: LiteralString = """
INSERT INTO address_book.access_line
    (line_id, citizen, citizen_key_version, seen_by, role, organisation_name, purpose, legal_basis, what, seen_at,
     contact_point, trace_id, span_id)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
"""
