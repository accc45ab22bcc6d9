"""What a promise to phone is now, from what was said of it in any order."""

from datetime import UTC, datetime, timedelta
from itertools import permutations
from uuid import UUID

from desk.domain.call_backs import CallBack, Kind, Said, Whose, call_back_of, listed

NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)
ENTRY = UUID(int=7)
HER = UUID(int=99)


def said(number: int, kind: Kind, *, minutes: int, **more: object) -> Said:
    at = NOON + timedelta(minutes=minutes)
    return Said(UUID(int=number), ENTRY, kind, HER, 1, at, at, **more)  # type: ignore[arg-type]


MADE = said(1, Kind.MADE, minutes=0, matter="aow", before=NOON + timedelta(days=1), owner="Anouk Bakker", confidential=False)
CHANGED = said(2, Kind.CHANGED, minutes=5, before=NOON + timedelta(days=2), owner="Bram Visser")
KEPT = said(3, Kind.KEPT, minutes=9, kept_at=NOON + timedelta(minutes=8))


def test_whatever_the_order_the_newest_words_count() -> None:
    found = {call_back_of(order) for order in permutations((MADE, CHANGED, KEPT))}

    assert found == {
        CallBack(
            ENTRY, f"c1-{HER.hex}", "aow", NOON + timedelta(days=2), "Bram Visser", confidential=False,
            kept_at=NOON + timedelta(minutes=8),
        )
    }  # fmt: skip


def test_a_contact_without_a_promise_promises_nothing() -> None:
    assert call_back_of([said(4, Kind.CHANGED, minutes=1, matter="paspoort")]) is None


def test_a_withdrawn_contact_promises_nothing_any_more() -> None:
    assert call_back_of([MADE, said(5, Kind.WITHDRAWN, minutes=2)]) is None


def test_nobodys_promise_is_the_teams_and_the_most_urgent_comes_first() -> None:
    nobodys = CallBack(UUID(int=1), "c1-" + "0" * 32, "aow", NOON + timedelta(hours=1), None, confidential=False)
    teams = CallBack(UUID(int=2), "c1-" + "0" * 32, "aow", NOON - timedelta(hours=1), "Team Klantcontact", confidential=False)
    mine = CallBack(UUID(int=3), "c1-" + "0" * 32, "aow", NOON, "anouk bakker", confidential=False)
    kept = CallBack(UUID(int=4), "c1-" + "0" * 32, "aow", NOON, None, confidential=False, kept_at=NOON)

    asked = {"name": "Anouk Bakker", "teams": frozenset({"team klantcontact"}), "now": NOON}
    found = {whose: listed([nobodys, teams, mine, kept], whose, **asked) for whose in Whose}  # type: ignore[arg-type]

    assert found == {Whose.MINE: [mine], Whose.TEAM: [teams, nobodys], Whose.LATE: [teams]}
