"""Builds what tests talk about, with a good default for everything a test does not mention."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import channel_router
from channel_router.domain.facts import Address, CitizenFacts, Contact, Mandate
from channel_router.domain.policy import Policy
from channel_router.domain.policy_file import read_policy
from contact_events.citizen_ref import CitizenRef
from contact_events.envelope import Event, EventData
from contact_events.facts import ContactWishSet, QuietHours
from contact_events.interactions import InteractionRecorded
from contact_events.outreach import OutreachRequested
from contact_events.words import CitizenReference, ContactPoint

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
MONDAY_10H = datetime(2026, 11, 23, 10, 0, tzinfo=AMSTERDAM).astimezone(UTC)
TEST_SYSTEM = "urn:nld:oin:00000001823288444000:systeem:test"
SENIOR_CLUB = "urn:nld:kvknr:09220932"


def a_ref(name: object = "mevrouw De Vries") -> CitizenRef:
    """A pseudonym; the same name gives the same one."""
    return CitizenRef(hashlib.sha256(str(name).encode()).digest()[:16], 1)


def a_citizen(name: object = "mevrouw De Vries", *, kind: str = "bsn", assurance: str = "substantial") -> CitizenReference:
    return CitizenReference(ref=a_ref(name).text, kind=kind, assurance=assurance)


def at(text: str) -> datetime:
    """A moment in Amsterdam, written as `2026-11-23 10:00`, in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=AMSTERDAM).astimezone(UTC)


def an_event(
    data: EventData, *, event_id: str | None = None, source: str = TEST_SYSTEM, logged_at: datetime = MONDAY_10H
) -> Event[Any]:
    """An event around its data; without an id, the data decide it, so equal data are the same event."""
    known = event_id or hashlib.sha256(repr(data).encode()).hexdigest()[:32]
    return Event(id=known, source=source, logged_at=logged_at, data=data)


def an_interaction(
    *, event_id: str | None = None, logged_at: datetime | None = None, **changes: Any
) -> Event[InteractionRecorded]:
    """A phone call about a passport by Mrs. De Vries on Monday morning, with what the test changes."""
    said: dict[str, Any] = {
        "citizen": a_citizen(),
        "channel": "phone",
        "direction": "inbound",
        "matter": "paspoort",
        "occurred_at": MONDAY_10H,
        "recorded_at": MONDAY_10H,
        "reached": True,
    }
    data = InteractionRecorded(**(said | changes))
    return an_event(data, event_id=event_id, logged_at=logged_at or data.recorded_at)


def a_contact_point(name: object = "06", *, kind: str = "phone", assurance: str = "claimed") -> ContactPoint:
    return ContactPoint(kind=kind, ref=a_ref(name).text, assurance=assurance)


def a_request(**changes: Any) -> OutreachRequested:
    """A plain message to Mrs. De Vries about her passport, without haste or form, with what the test changes."""
    said: dict[str, Any] = {
        "citizen": a_citizen(),
        "matter": "paspoort",
        "purpose": "dienstverlening",
        "title": "Uw paspoort ligt klaar",
        "requested_by": "medewerker-7",
        "requested_at": MONDAY_10H,
    }
    return OutreachRequested(**(said | changes))


def a_wish(**changes: Any) -> ContactWishSet:
    """A general wish of Mrs. De Vries that asks nothing, with what the test changes."""
    said: dict[str, Any] = {"citizen": a_citizen(), "set_at": MONDAY_10H - timedelta(days=30)}
    return ContactWishSet(**(said | changes))


def no_phone(**changes: Any) -> ContactWishSet:
    """She asked not to be phoned."""
    return a_wish(refused_channels=("phone",), **changes)


def quiet(start: str, until: str, days: Iterable[int] = range(1, 8)) -> QuietHours:
    return QuietHours(start=start, until=until, days=tuple(days))


def an_address(kind: str = "phone", **changes: Any) -> Address:
    """A contact point of that kind that she used a week ago and nobody verified."""
    said: dict[str, Any] = {"contact_point": a_ref(f"{kind} of mevrouw De Vries").text, "seen_at": MONDAY_10H - timedelta(days=7)}
    return Address(kind=kind, **(said | changes))


def verified(kind: str = "phone", **changes: Any) -> Address:
    return an_address(kind, verified_at=MONDAY_10H - timedelta(days=60), **changes)


def bounced(kind: str = "email", **changes: Any) -> Address:
    return an_address(kind, **({"bounced_at": at("2026-06-14 09:00")} | changes))


def a_mandate(**changes: Any) -> Mandate:
    """The senior club may act for her in everything, this year and the next."""
    said: dict[str, Any] = {
        "organisation": SENIOR_CLUB,
        "organisation_name": "Seniorenclub De Brug",
        "valid_from": at("2026-01-01 00:00"),
        "valid_until": at("2028-01-01 00:00"),
    }
    return Mandate(**(said | changes))


def citizen_facts(
    *,
    wishes: Iterable[ContactWishSet] = (),
    reached_by: Sequence[str] = (),
    not_reached_by: Sequence[str] = (),
    signed_in: bool = False,
    **changes: Any,
) -> CitizenFacts:
    """Mrs. De Vries, whose phone number we know. `not_reached_by` came after `reached_by`; each is newest first."""
    contacts = [Contact(channel, MONDAY_10H - timedelta(days=1 + n), reached=False) for n, channel in enumerate(not_reached_by)]
    contacts += [Contact(channel, MONDAY_10H - timedelta(days=40 + n), reached=True) for n, channel in enumerate(reached_by)]
    if signed_in:
        contacts.append(Contact("web", MONDAY_10H - timedelta(days=90), reached=True, inbound=True, signed_in=True))
    known: dict[str, Any] = {"kinds": frozenset({"bsn"}), "addresses": (an_address("phone"),)}
    return CitizenFacts(wishes=tuple(wishes), contacts=tuple(contacts), **(known | changes))


@cache
def _shipped_policy() -> Policy:
    return read_policy((Path(channel_router.__file__).parent / "municipality" / "policy.toml").read_text())


def a_policy(**changes: Any) -> Policy:
    """The example policy that ships with the router, with what the test changes."""
    return replace(_shipped_policy(), **changes) if changes else _shipped_policy()
