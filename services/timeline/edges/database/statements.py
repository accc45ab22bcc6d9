# ruff: noqa: S608 - only constants of this module are put together
"""The statements of reading. One makes a page: the person, the visible entries after a position, their amendments."""

from typing import LiteralString

_PERSON: LiteralString = """
asked (ref, version) AS (SELECT * FROM unnest(%(refs)s::uuid[], %(versions)s::smallint[])),
person (ref, version) AS (
    SELECT ref, version FROM asked
    UNION SELECT j.other, j.other_version FROM timeline.joined j JOIN asked ON j.ref = asked.ref
)
"""
_AMENDMENTS: LiteralString = """
LEFT JOIN LATERAL (
    SELECT array_agg(a.raw) AS raws, array_agg(a.landed_at) AS landed_ats
    FROM timeline.amendment a WHERE a.target = e.event_id
) a ON true
"""
_VISIBLE: LiteralString = """
(%(every_matter)s OR e.matter = ANY(%(matters)s::text[])) AND (%(confidential)s OR NOT e.confidential)
"""
_WANTED: LiteralString = "(%(every_channel)s OR e.channel = ANY(%(channels)s::text[]))"

# A page is at most `limit` entries of each reference, then the newest of those together: a reference with a long history
# costs no more than a short one (decision 10). Always gives a row: the first one says who the person is.
PAGE: LiteralString = f"""
WITH {_PERSON}, page AS (
    SELECT e.* FROM person CROSS JOIN LATERAL (
        SELECT e.event_id, e.occurred_at, e.landed_at, e.raw FROM timeline.entry e
        WHERE e.citizen = person.ref
        AND (e.occurred_at, e.event_id) < (%(before_at)s::timestamptz, %(before_key)s::uuid)
        AND {_VISIBLE} AND {_WANTED}
        ORDER BY e.citizen DESC, e.occurred_at DESC, e.event_id DESC LIMIT %(limit)s
    ) e
    ORDER BY e.occurred_at DESC, e.event_id DESC LIMIT %(limit)s
)
SELECT
    CASE WHEN row_number() OVER newest = 1 THEN (SELECT array_agg(ref) FROM person) END AS refs,
    CASE WHEN row_number() OVER newest = 1 THEN (SELECT array_agg(version) FROM person) END AS versions,
    e.raw, e.landed_at, a.raws, a.landed_ats
FROM (VALUES (1)) one (row) LEFT JOIN page e ON true {_AMENDMENTS}
WINDOW newest AS (ORDER BY e.occurred_at DESC, e.event_id DESC)
ORDER BY e.occurred_at DESC, e.event_id DESC
"""
# Weak references that came along with contacts of this person and have visible entries of their own.
PERHAPS_ALSO: LiteralString = f"""
WITH {_PERSON}
SELECT DISTINCT p.point, p.point_version, p.point_kind
FROM person JOIN timeline.contact_point_seen p ON p.citizen = person.ref
WHERE p.point_kind = ANY(%(weak)s::text[])
AND NOT EXISTS (SELECT FROM person WHERE person.ref = p.point)
AND EXISTS (SELECT FROM timeline.entry e WHERE e.citizen = p.point AND {_VISIBLE})
ORDER BY p.point LIMIT 20
"""
WHOLE: LiteralString = f"""
SELECT e.raw, e.landed_at, a.raws, a.landed_ats FROM timeline.entry e {_AMENDMENTS}
WHERE e.citizen = ANY(%(refs)s::uuid[]) AND e.landed_at <= %(as_of)s
"""
CHANGED: LiteralString = f"""
WITH {_PERSON}
SELECT e.raw, e.landed_at, a.raws, a.landed_ats FROM person JOIN timeline.entry e ON e.citizen = person.ref {_AMENDMENTS}
WHERE e.changed_at > %(since)s AND {_VISIBLE} AND {_WANTED}
ORDER BY e.changed_at, e.event_id LIMIT 500
"""
PERSON: LiteralString = f"WITH {_PERSON} SELECT ref, version FROM person"
BEHIND_RECEIPT: LiteralString = f"""
SELECT e.raw, e.landed_at, a.raws, a.landed_ats FROM timeline.known_event k
JOIN timeline.entry e ON e.citizen = k.citizen AND e.event_id = k.event_id {_AMENDMENTS}
WHERE k.event_id BETWEEN %(first)s AND %(last)s
"""
# Whom a search may mean: the reference itself and everybody seen with it, each with whom they are joined with. The newest entry
# proves that there was contact and tells the kind; when it was is told of visible entries only.
FIND: LiteralString = f"""
WITH hit (ref, version, kind) AS (
    SELECT ref, version, CAST(NULL AS text)
    FROM unnest(%(refs)s::uuid[], %(versions)s::smallint[]) AS asked (ref, version)
    UNION SELECT citizen, citizen_version, citizen_kind FROM timeline.contact_point_seen
    WHERE %(weak)s AND point = ANY(%(refs)s::uuid[])
), person (first, ref, version, kind) AS (
    SELECT ref, ref, version, kind FROM hit
    UNION SELECT hit.ref, j.other, j.other_version, j.other_kind FROM hit JOIN timeline.joined j ON j.ref = hit.ref
)
SELECT p.first, p.ref, p.version, coalesce(p.kind, j.other_kind), newest.raw, visible.occurred_at
FROM person p
LEFT JOIN LATERAL (
    SELECT e.raw FROM timeline.entry e WHERE e.citizen = p.ref
    ORDER BY e.citizen DESC, e.occurred_at DESC, e.event_id DESC LIMIT 1
) newest ON true
LEFT JOIN LATERAL (
    SELECT e.occurred_at FROM timeline.entry e WHERE e.citizen = p.ref AND {_VISIBLE}
    ORDER BY e.citizen DESC, e.occurred_at DESC, e.event_id DESC LIMIT 1
) visible ON true
LEFT JOIN LATERAL (
    SELECT back.other_kind FROM timeline.joined there
    JOIN timeline.joined back ON back.ref = there.other AND back.other = there.ref
    WHERE there.ref = p.ref LIMIT 1
) j ON true
LIMIT 500
"""
ACCESS_LOG: LiteralString = f"""
WITH {_PERSON}
SELECT DISTINCT ON (l.seen_at, l.looking) l.looking, l.raw FROM person CROSS JOIN LATERAL (
    SELECT l.seen_at, l.looking, l.raw FROM timeline.access_log l
    WHERE l.citizen = person.ref
    AND (l.seen_at, l.looking) < (%(before_at)s::timestamptz, %(before_key)s::uuid)
    ORDER BY l.citizen DESC, l.seen_at DESC, l.looking DESC LIMIT %(limit)s
) l
ORDER BY l.seen_at DESC, l.looking DESC LIMIT %(limit)s
"""
HEARD: LiteralString = "SELECT source, max(heard_at) FROM timeline.source_heard GROUP BY source"
LINK_BY_ID: LiteralString = """
SELECT l.raw, l.landed_at, u.raw, u.landed_at FROM timeline.link l
LEFT JOIN timeline.link_undone u USING (link_id) WHERE l.link_id = %(link_id)s ORDER BY l.landed_at, u.landed_at LIMIT 1
"""
