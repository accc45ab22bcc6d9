"""Events as the doors say them, for tests of the address book."""

from datetime import UTC, datetime, timedelta
from typing import Any

from address_book.domain.storage import StorageKeys
from address_book.handlers.secrets import Secrets
from contact_events.citizen_ref import CitizenRef, PseudonymKeys, RefKind
from contact_events.envelope import Event, EventData
from contact_events.facts import AddressBounced, AddressVerified, CitizenErased, ReferencesLinked, ReferencesUnlinked
from contact_events.identity import EventRef
from contact_events.interactions import InteractionRecorded, InteractionWithdrawn
from contact_events.sealing import OpeningKey, SealingKey
from contact_events.words import CitizenReference, ContactPoint

SOURCE = "urn:nld:oin:00000001823288444000:systeem:balie-centrum"
NOW = datetime(2026, 11, 24, 10, tzinfo=UTC)
PSEUDONYMS = PseudonymKeys.from_text("1:" + "aa" * 32)
SECRETS = Secrets(OpeningKey.generate(), StorageKeys.from_text("1:" + "bb" * 32), PSEUDONYMS)
SEALING = SealingKey.from_text(SECRETS.opening.sealing_key_text)

SHE = PSEUDONYMS.ref(RefKind.BSN, "999990342")
HE = PSEUDONYMS.ref(RefKind.BSN, "111222333")
MOBILE, MOBILE_TEXT = PSEUDONYMS.ref(RefKind.PHONE, "0612340678"), "+31612340678"
MAIL, MAIL_TEXT = PSEUDONYMS.ref(RefKind.EMAIL, "m.devries@example.nl"), "m.devries@example.nl"


def ago(days: float) -> datetime:
    return NOW - timedelta(days=days)


def whose(ref: CitizenRef) -> CitizenReference:
    return CitizenReference(ref=ref.text, kind=RefKind.BSN, assurance="high")


def mobile(sealed: str | None = None, assurance: str = "claimed") -> ContactPoint:
    return ContactPoint(kind="phone", ref=MOBILE.text, assurance=assurance, sealed=sealed or SEALING.seal(MOBILE_TEXT, MOBILE))


def mail() -> ContactPoint:
    return ContactPoint(kind="email", ref=MAIL.text, assurance="claimed", sealed=SEALING.seal(MAIL_TEXT, MAIL))


def event(data: EventData, event_id: str, *, logged_at: datetime = NOW, digest: bytes | None = None) -> Event[Any]:
    return Event(id=event_id, source=SOURCE, logged_at=logged_at, data=data, content_digest=digest)


def contact(
    event_id: str = "1",
    *points: ContactPoint,
    citizen: CitizenRef = SHE,
    at: datetime = NOW,
    digest: bytes | None = None,
) -> Event[Any]:
    """A contact at the counter in which these points were given; its content is its id, unless said otherwise."""
    said = InteractionRecorded(
        citizen=whose(citizen),
        channel="counter",
        direction="inbound",
        matter="belasting",
        occurred_at=at,
        recorded_at=at,
        contact_points=points,
    )
    return event(said, event_id, logged_at=at, digest=digest or event_id.encode().ljust(16, b"\0"))


def withdrawn(event_id: str, *, citizen: CitizenRef = SHE) -> Event[Any]:
    said = InteractionWithdrawn(
        citizen=whose(citizen),
        withdraws=EventRef(source=SOURCE, id=event_id),
        reason="verkeerde inwoner",
        withdrawn_by="agent 7",
        recorded_at=NOW,
    )
    return event(said, f"withdraws-{event_id}")


def verified(at: datetime, *, citizen: CitizenRef = SHE) -> Event[Any]:
    said = AddressVerified(
        citizen=whose(citizen), contact_point=MOBILE.text, kind="phone", verified_at=at, verified_how="code-by-sms"
    )
    return event(said, f"verified-{at.isoformat()}", logged_at=at)


def bounced(at: datetime, *, citizen: CitizenRef = SHE) -> Event[Any]:
    said = AddressBounced(citizen=whose(citizen), contact_point=MOBILE.text, kind="phone", bounced_at=at, reason="not-in-use")
    return event(said, f"bounced-{at.isoformat()}", logged_at=at)


def erased(at: datetime = NOW, *refs: CitizenRef) -> Event[Any]:
    said = CitizenErased(citizen=whose(SHE), refs=tuple(ref.text for ref in refs), erased_at=at, ground="art-17-avg")
    return event(said, "erased", logged_at=at)


def linked(link_id: str = "l1", *, one: CitizenRef = SHE, other: CitizenRef = MOBILE) -> Event[Any]:
    said = ReferencesLinked(
        link_id=link_id,
        citizen=whose(one),
        other=CitizenReference(ref=other.text, kind=RefKind.PHONE, assurance="claimed"),
        evidence="same person at the counter",
        linked_by="agent 7",
        linked_at=NOW,
    )
    return event(said, f"linked-{link_id}")


def unlinked(link_id: str = "l1", *, one: CitizenRef = SHE, other: CitizenRef = MOBILE) -> Event[Any]:
    said = ReferencesUnlinked(
        link_id=link_id,
        citizen=whose(one),
        other=CitizenReference(ref=other.text, kind=RefKind.PHONE, assurance="claimed"),
        reason="two people after all",
        unlinked_by="agent 7",
        unlinked_at=NOW,
    )
    return event(said, f"unlinked-{link_id}")
