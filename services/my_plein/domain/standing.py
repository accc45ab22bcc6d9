"""What holds now: the wish for each matter, and who acts for this person until when."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from contact_events.facts import ContactWishSet, ContactWishWithdrawn, MandateEnded, MandateGranted, QuietHours

Fact = ContactWishSet | ContactWishWithdrawn | MandateGranted | MandateEnded


@dataclass(frozen=True, slots=True)
class Kept:
    """One fact as it was kept: when it became so, and under which key."""

    event_key: UUID
    at: datetime
    fact: Fact


@dataclass(frozen=True, slots=True)
class Wish:
    """How somebody wants to be reached: in general, where `matter` is None, or for one matter."""

    matter: str | None
    set_at: datetime
    preferred: tuple[str, ...]
    refused: tuple[str, ...]
    quiet_hours: tuple[QuietHours, ...]
    language: str | None
    person_please: bool
    through_organisation: str | None


@dataclass(frozen=True, slots=True)
class Mandate:
    """Who may act for this person: for which matters (none: all), and until when."""

    mandate_id: str
    organisation: str
    organisation_name: str
    matters: tuple[str, ...]
    valid_from: datetime
    valid_until: datetime
    proof: str
    proof_text: str | None
    ended_at: datetime | None = None

    def holds(self, now: datetime) -> bool:
        return self.ended_at is None and self.valid_from <= now < self.valid_until


def wishes_in(kept: Iterable[Kept]) -> dict[str | None, Wish]:
    """Returns the wish that holds for each matter: what was said last, where it was not taken back."""
    newest: dict[str | None, ContactWishSet | ContactWishWithdrawn] = {}
    for one in _in_order(kept):
        if isinstance(one.fact, ContactWishSet | ContactWishWithdrawn):
            newest[one.fact.matter] = one.fact
    return {
        matter: Wish(
            matter,
            said.set_at,
            said.preferred_channels,
            said.refused_channels,
            said.quiet_hours,
            said.language,
            said.person_please,
            said.through_organisation,
        )
        for matter, said in newest.items()
        if isinstance(said, ContactWishSet)
    }


def mandates_in(kept: Iterable[Kept]) -> list[Mandate]:
    """Returns every mandate there ever was, the one that lasts longest first. An ended one stays ended, whatever comes later."""
    granted: dict[tuple[str, str], MandateGranted] = {}
    ended: dict[tuple[str, str], datetime] = {}
    for one in _in_order(kept):
        match one.fact:
            case MandateGranted() as said:
                granted[said.organisation, said.mandate_id] = said
            case MandateEnded() as said:
                ended.setdefault((said.organisation, said.mandate_id), said.ended_at)
            case _:
                continue
    found = [
        Mandate(
            said.mandate_id,
            said.organisation,
            said.organisation_name,
            said.matters,
            said.valid_from,
            said.valid_until,
            said.proof,
            said.proof_text,
            ended.get(numbered),
        )
        for numbered, said in granted.items()
    ]
    return sorted(found, key=lambda mandate: (mandate.valid_until, mandate.mandate_id), reverse=True)


def _in_order(kept: Iterable[Kept]) -> list[Kept]:
    return sorted(kept, key=lambda one: (one.at, one.event_key))
