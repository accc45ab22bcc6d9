"""What answers look like: camelCase, codes with their words in Dutch and English, moments in UTC."""

from collections.abc import Collection, Iterable
from datetime import UTC, datetime, timedelta
from functools import cache
from types import UnionType
from typing import Annotated, Any, Self, Union, get_args, get_origin
from uuid import UUID

import msgspec
from pydantic import BaseModel, ConfigDict, Field, GetCoreSchemaHandler, PlainSerializer, create_model
from pydantic.alias_generators import to_camel
from pydantic_core import CoreSchema

from contact_events.channels import channel_word
from contact_events.citizen_ref import CitizenRef
from contact_events.matters import Matters
from contact_events.purposes import Purpose
from timeline.domain.links import Link, Reference
from timeline.domain.sources import SourceReport
from timeline.ports import Candidate, Erased

# Described as the text that it is in an answer.
Moment = Annotated[datetime, PlainSerializer(str, return_type=str)]


class Shown(msgspec.Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """The form of every answer. Written by msgspec, a tenth of pydantic's time; described by pydantic, as everything else is.

    What may be left out has the default None, and nothing else has a default.
    """

    def __post_init__(self) -> None:
        """Moments leave in UTC: what a sender wrote may have an offset."""
        for name in _moments(type(self)):
            moment = getattr(self, name)
            if moment is not None and moment.tzinfo is not UTC:
                msgspec.structs.force_setattr(self, name, moment.astimezone(UTC))

    def json_bytes(self) -> bytes:
        return _encode(self)

    @classmethod
    def __get_pydantic_core_schema__(cls, _: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return handler(_described(cls))


_encode = msgspec.json.Encoder().encode


@cache
def _moments(shown: type[Shown]) -> tuple[str, ...]:
    return tuple(field.name for field in msgspec.structs.fields(shown) if _is_moment(field.type))


def _is_moment(form: Any) -> bool:
    """Looks through what describes a field and whether it may be left out."""
    return form is datetime or (get_origin(form) in (Annotated, Union, UnionType) and any(map(_is_moment, get_args(form))))


@cache
def _described(shown: type[Shown]) -> type[BaseModel]:
    """Returns the model by which a form of answer stands in the OpenAPI document."""
    fields: dict[str, Any] = {
        field.name: field.type if field.required else (field.type, field.default) for field in msgspec.structs.fields(shown)
    }
    form = ConfigDict(alias_generator=to_camel, populate_by_name=True)
    return create_model(shown.__name__, __config__=form, __doc__=shown.__doc__, **fields)


class Word(Shown, frozen=True, kw_only=True):
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


class PurposeShown(Word, frozen=True, kw_only=True):
    """Why somebody may look."""

    legal_basis: str

    @classmethod
    def of(cls, purpose: Purpose) -> Self:
        return cls(code=purpose.code, nl=purpose.nl, en=purpose.en, legal_basis=purpose.legal_basis)


class PurposeOffered(PurposeShown, frozen=True, kw_only=True):
    """A purpose of the register, what it opens, and whether the caller may use it."""

    matters: Annotated[
        list[str], Field(description="codes of the matters it shows on a timeline; `*` for all, none: it opens no timeline")
    ]
    confidential: bool
    may_reveal: Annotated[
        list[str] | None, Field(description="kinds of contact point it shows in full; absent: it does not open the address book")
    ] = None
    may_reach: Annotated[bool, Field(description="it opens asking how to reach somebody")]
    may_erase: Annotated[bool, Field(description="it opens forgetting somebody")]
    may_use: bool

    @classmethod
    def to(cls, roles: Collection[str], purpose: Purpose) -> Self:
        return cls(
            code=purpose.code,
            nl=purpose.nl,
            en=purpose.en,
            legal_basis=purpose.legal_basis,
            matters=["*"] if purpose.every_matter else sorted(purpose.matters),
            confidential=purpose.confidential,
            may_reveal=None if purpose.may_reveal is None else sorted(purpose.may_reveal),
            may_reach=purpose.may_reach,
            may_erase=purpose.may_erase,
            may_use=purpose.is_open_to(roles),
        )


class PurposesShown(Shown, frozen=True, kw_only=True):
    """The purpose register."""

    purposes: list[PurposeOffered]


class ReferenceShown(Shown, frozen=True, kw_only=True):
    """A reference and what it was made from."""

    citizen: str
    kind: str

    @classmethod
    def of(cls, reference: Reference) -> Self:
        return cls(citizen=reference.ref.text, kind=reference.kind)


class SourceShown(Shown, frozen=True, kw_only=True):
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


class SourcesShown(Shown, frozen=True, kw_only=True):
    """Every source the municipality expects to hear from."""

    sources: list[SourceShown]


class CandidateShown(Shown, frozen=True, kw_only=True):
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


class CitizensFound(Shown, frozen=True, kw_only=True):
    """Whom a search may mean, the latest contact first; and the reference of what was sought, known here or not."""

    citizens: list[CandidateShown]
    sought: ReferenceShown


class UndoShown(Shown, frozen=True, kw_only=True):
    """That a link was undone."""

    reason: str
    unlinked_by: str
    unlinked_at: Moment


class LinkShown(Shown, frozen=True, kw_only=True):
    """That somebody established that two references are one person, and on what evidence."""

    link_id: str
    citizen: ReferenceShown
    other: ReferenceShown
    evidence: str
    linked_by: str
    linked_at: Moment
    holds: Annotated[bool, Field(description="false when it was undone, or would bring two different BSNs together")]
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


class LinksShown(Shown, frozen=True, kw_only=True):
    """Every link around a citizen, those undone included, in order of when they were made."""

    links: list[LinkShown]


class LookShown(Shown, frozen=True, kw_only=True):
    """That somebody looked: who, when, why."""

    seen_at: Moment
    seen_by: str
    role: str | None = None
    organisation_name: str | None = None
    purpose: PurposeShown
    what: str
    service: str


class AccessLogShown(Shown, frozen=True, kw_only=True):
    """Who looked, newest first."""

    lines: list[LookShown]
    next: str | None = None


class ErasureShown(Shown, frozen=True, kw_only=True):
    """An erasure that was made: keep this answer apart from backups, to say it again after one is restored.

    Nothing of it is left in the topics either by `topicsForgetBy`.
    """

    erasure_id: Annotated[UUID, Field(description="what every service is asked by: `GET /v1/erasures/{erasureId}`")]
    case: str
    erased_at: Moment
    references: Annotated[list[str], Field(description="every reference that was forgotten, linked ones included")]
    perhaps_also: Annotated[
        list[ReferenceShown],
        Field(
            description="phone numbers and e-mail addresses with contacts of their own, perhaps of the same person; not forgotten"
        ),
    ]
    topics_forget_by: Moment

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
