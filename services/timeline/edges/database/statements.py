# ruff: noqa: S608 - only constants of this module are put together
"""The statements of reading. One makes a page: the person, the visible entries after a position, their amendments."""

from typing import LiteralString

_PERSON: LiteralString = """
asked (ref, version) AS (SELECT * FROM unnest(CAST(:refs AS uuid[]), CAST(:versions AS smallint[]))),
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
(:every_matter OR e.matter = ANY(CAST(:matters AS text[]))) AND (:confidential OR NOT e.confidential)
"""
_WANTED: LiteralString = "(:every_channel OR e.channel = ANY(CAST(:channels AS text[])))"

# A page is at most `limit` entries of each reference, then the newest of those together: a reference with a long history
# costs no more than a short one (decision 10). Always gives a row, so that the person comes along with an empty page.
PAGE: LiteralString = f"""
WITH {_PERSON}, page AS (
    SELECT e.* FROM person CROSS JOIN LATERAL (
        SELECT e.event_id, e.occurred_at, e.landed_at, e.raw FROM timeline.entry e
        WHERE e.citizen = person.ref
        AND (e.occurred_at, e.event_id) < (CAST(:before_at AS timestamptz), CAST(:before_key AS uuid))
        AND {_VISIBLE} AND {_WANTED}
        ORDER BY e.citizen DESC, e.occurred_at DESC, e.event_id DESC LIMIT :limit
    ) e
    ORDER BY e.occurred_at DESC, e.event_id DESC LIMIT :limit
)
SELECT
    (SELECT array_agg(ref) FROM person) AS refs, (SELECT array_agg(version) FROM person) AS versions,
    e.raw, e.landed_at, a.raws, a.landed_ats
FROM (VALUES (1)) one (row) LEFT JOIN page e ON true {_AMENDMENTS}
ORDER BY e.occurred_at DESC, e.event_id DESC
"""
# Weak references that came along with contacts of this person and have visible entries of their own.
PERHAPS_ALSO: LiteralString = f"""
SELECT DISTINCT p.point, p.point_version, p.point_kind FROM timeline.contact_point_seen p
WHERE p.citizen = ANY(CAST(:refs AS uuid[])) AND p.point_kind = ANY(CAST(:weak AS text[]))
AND p.point <> ALL(CAST(:refs AS uuid[]))
AND EXISTS (SELECT FROM timeline.entry e WHERE e.citizen = p.point AND {_VISIBLE})
ORDER BY p.point LIMIT 20
"""
WHOLE: LiteralString = f"""
SELECT e.raw, e.landed_at, a.raws, a.landed_ats FROM timeline.entry e {_AMENDMENTS}
WHERE e.citizen = ANY(CAST(:refs AS uuid[])) AND e.landed_at <= :as_of
"""
CHANGED: LiteralString = f"""
WITH {_PERSON}
SELECT e.raw, e.landed_at, a.raws, a.landed_ats FROM person JOIN timeline.entry e ON e.citizen = person.ref {_AMENDMENTS}
WHERE e.changed_at > :since AND {_VISIBLE} AND {_WANTED}
ORDER BY e.changed_at, e.event_id LIMIT 500
"""
PERSON: LiteralString = f"WITH {_PERSON} SELECT ref, version FROM person"
BEHIND_RECEIPT: LiteralString = f"""
SELECT e.raw, e.landed_at, a.raws, a.landed_ats FROM timeline.known_event k
JOIN timeline.entry e ON e.citizen = k.citizen AND e.event_id = k.event_id {_AMENDMENTS}
WHERE k.event_id BETWEEN :first AND :last
"""
# Whom a search may mean: the reference itself and everybody seen with it, each with whom they are joined with. The newest entry
# proves that there was contact and tells the kind; when it was is told of visible entries only.
FIND: LiteralString = f"""
WITH hit (ref, version, kind) AS (
    SELECT ref, version, CAST(NULL AS text)
    FROM unnest(CAST(:refs AS uuid[]), CAST(:versions AS smallint[])) AS asked (ref, version)
    UNION SELECT citizen, citizen_version, citizen_kind FROM timeline.contact_point_seen
    WHERE :weak AND point = ANY(CAST(:refs AS uuid[]))
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
    AND (l.seen_at, l.looking) < (CAST(:before_at AS timestamptz), CAST(:before_key AS uuid))
    ORDER BY l.citizen DESC, l.seen_at DESC, l.looking DESC LIMIT :limit
) l
ORDER BY l.seen_at DESC, l.looking DESC LIMIT :limit
"""
HEARD: LiteralString = "SELECT source, max(heard_at) FROM timeline.source_heard GROUP BY source"
LINK_BY_ID: LiteralString = """
SELECT l.raw, l.landed_at, u.raw, u.landed_at FROM timeline.link l
LEFT JOIN timeline.link_undone u USING (link_id) WHERE l.link_id = :link_id ORDER BY l.landed_at, u.landed_at LIMIT 1
"""
