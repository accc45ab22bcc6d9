"""What answers look like: camelCase, codes with their words in Dutch and English, moments in UTC."""

from collections.abc import Collection, Iterable
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer
from pydantic.alias_generators import to_camel

from contact_events.channels import channel_word
from contact_events.citizen_ref import CitizenRef
from contact_events.matters import Matters
from contact_events.purposes import Purpose
from timeline.domain.links import Link, Reference
from timeline.domain.sources import SourceReport
from timeline.ports import Candidate, Erased


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


Moment = Annotated[datetime, PlainSerializer(_utc, return_type=str, when_used="json")]


class Shown(BaseModel):
    """The form of every answer."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, frozen=True)

    def json_bytes(self) -> bytes:
        return self.model_dump_json(by_alias=True, exclude_none=True).encode()


class Word(Shown):
    """A code and what people call it."""

    code: str
    nl: str
    en: str

    @classmethod
    def of_channel(cls, code: str) -> Self:
        return cls(code=code, nl=channel_word(code, "nl"), en=channel_word(code, "en"))

    @classmethod
    def of_matter(cls, code: str, matters: Matters) -> Self:
        """A matter that left the catalogue reads as its own code."""
        known = matters.by_code.get(code)
        return cls(code=code, nl=known.nl if known else code, en=known.en if known else code)


class PurposeShown(Word):
    """Why somebody may look."""

    legal_basis: str

    @classmethod
    def of(cls, purpose: Purpose) -> Self:
        return cls(code=purpose.code, nl=purpose.nl, en=purpose.en, legal_basis=purpose.legal_basis)


class PurposeOffered(PurposeShown):
    """A purpose of the register, what it opens, and whether the caller may use it."""

    matters: list[str] = Field(description="codes of the matters it shows on a timeline; `*` for all, none: it opens no timeline")
    confidential: bool
    may_reveal: list[str] | None = Field(
        default=None, description="kinds of contact point it shows in full; absent: it does not open the address book"
    )
    may_reach: bool = Field(description="it opens asking how to reach somebody")
    may_erase: bool = Field(description="it opens forgetting somebody")
    may_use: bool

    @classmethod
    def to(cls, roles: Collection[str], purpose: Purpose) -> Self:
        return cls(
            **dict(PurposeShown.of(purpose)),
            matters=["*"] if purpose.every_matter else sorted(purpose.matters),
            confidential=purpose.confidential,
            may_reveal=None if purpose.may_reveal is None else sorted(purpose.may_reveal),
            may_reach=purpose.may_reach,
            may_erase=purpose.may_erase,
            may_use=purpose.is_open_to(roles),
        )


class PurposesShown(Shown):
    """The purpose register."""

    purposes: list[PurposeOffered]


class ReferenceShown(Shown):
    """A reference and what it was made from."""

    citizen: str
    kind: str

    @classmethod
    def of(cls, reference: Reference) -> Self:
        return cls(citizen=reference.ref.text, kind=reference.kind)


class SourceShown(Shown):
    """A source, and whether it is on time, late or silent."""

    source: str
    nl: str
    en: str
    state: str
    heard_at: Moment | None = None

    @classmethod
    def of(cls, report: SourceReport) -> Self:
        expected = report.expected
        return cls(source=expected.source, nl=expected.nl, en=expected.en, state=report.state, heard_at=report.heard_at)


class SourcesShown(Shown):
    """Every source the municipality expects to hear from."""

    sources: list[SourceShown]


class CandidateShown(Shown):
    """A person a search may mean. Not certain: only a shared phone number or e-mail address points there."""

    citizen: str
    references: list[ReferenceShown]
    certain: bool
    last_contact_at: Moment | None = None

    @classmethod
    def of(cls, candidate: Candidate) -> Self:
        return cls(
            citizen=candidate.references[0].ref.text,
            references=[ReferenceShown.of(reference) for reference in candidate.references],
            certain=candidate.certain,
            last_contact_at=candidate.last_contact_at,
        )


class CitizensFound(Shown):
    """Whom a search may mean, the latest contact first."""

    citizens: list[CandidateShown]


class UndoShown(Shown):
    """That a link was undone."""

    reason: str
    unlinked_by: str
    unlinked_at: Moment


class LinkShown(Shown):
    """That somebody established that two references are one person, and on what evidence."""

    link_id: str
    citizen: ReferenceShown
    other: ReferenceShown
    evidence: str
    linked_by: str
    linked_at: Moment
    holds: bool = Field(description="false when it was undone, or would bring two different BSNs together")
    undone: UndoShown | None = None

    @classmethod
    def of(cls, link: Link, *, holds: bool) -> Self:
        undo = link.undone
        return cls(
            link_id=link.link_id,
            citizen=ReferenceShown.of(link.one),
            other=ReferenceShown.of(link.other),
            evidence=link.evidence,
            linked_by=link.linked_by,
            linked_at=link.linked_at,
            holds=holds,
            undone=UndoShown(reason=undo.reason, unlinked_by=undo.unlinked_by, unlinked_at=undo.unlinked_at) if undo else None,
        )


class LinksShown(Shown):
    """Every link around a citizen, those undone included, in order of when they were made."""

    links: list[LinkShown]


class LookShown(Shown):
    """That somebody looked: who, when, why."""

    seen_at: Moment
    seen_by: str
    role: str | None = None
    organisation_name: str | None = None
    purpose: PurposeShown
    what: str
    service: str


class AccessLogShown(Shown):
    """Who looked, newest first."""

    lines: list[LookShown]
    next: str | None = None


class ErasureShown(Shown):
    """An erasure that was made: keep this answer apart from backups, to say it again after one is restored."""

    erasure_id: UUID = Field(description="what every service is asked by: `GET /v1/erasures/{erasureId}`")
    case: str
    erased_at: Moment
    references: list[str] = Field(description="every reference that was forgotten, linked ones included")
    perhaps_also: list[ReferenceShown] = Field(
        description="phone numbers and e-mail addresses with contacts of their own, perhaps of the same person; not forgotten"
    )
    topics_forget_by: Moment = Field(description="when nothing of it is left in the topics either")

    @classmethod
    def of(cls, erased: Erased, *, kept: timedelta) -> Self:
        data = erased.event.data
        return cls(
            erasure_id=erased.event.key,
            case=data.ground,
            erased_at=data.erased_at,
            references=list(data.refs),
            perhaps_also=[ReferenceShown.of(each) for each in erased.perhaps_also],
            topics_forget_by=erased.said_at + kept,
        )


def purpose_of_line(data: Any, purposes: dict[str, Purpose]) -> PurposeShown:
    """Returns the purpose of a line as it was then: the legal basis of the line, the words of the register."""
    known = purposes.get(data.purpose)
    words = (known.nl, known.en) if known else (data.purpose, data.purpose)
    return PurposeShown(code=data.purpose, nl=words[0], en=words[1], legal_basis=data.legal_basis)


def texts(refs: Iterable[CitizenRef]) -> list[str]:
    return [ref.text for ref in refs]
