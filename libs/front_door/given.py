"""The parts channels' bodies share: camelCase JSON, each field with its limit and its words."""

import re
from datetime import UTC, datetime
from typing import Annotated

from iso639 import Language, LanguageNotFoundError
from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, StrictBool, StringConstraints
from pydantic.alias_generators import to_camel

from front_door.free_text import TYPED_BY_A_PERSON

_UNKEEPABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_AREA = re.compile(r"WK\d{6}|BU\d{8}")
_EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)
_LATEST = datetime(2200, 1, 1, tzinfo=UTC)


def _keepable(text: str) -> str:
    if _UNKEEPABLE.search(text):
        raise ValueError("the text holds a control character (such as NUL) that cannot be kept")
    return text


def _written_moment(value: object) -> object:
    if isinstance(value, datetime):
        return value
    if not isinstance(value, str) or len(value) < len("2026-11-24T10:00Z") or value[10:11] not in "Tt ":
        raise ValueError("write a moment with its date, time and offset, such as 2026-11-24T10:00:00+01:00")
    return value


def _in_utc(moment: datetime) -> datetime:
    if not _EARLIEST <= moment < _LATEST:
        raise ValueError("this moment lies outside 1900 to 2200")
    return moment.astimezone(UTC)


def _bibliographic(code: str) -> str:
    """Returns the ISO 639-2/B code of a language given by ISO 639-1, 639-2 or 639-3."""
    readings = {2: (Language.from_part1,), 3: (Language.from_part2b, Language.from_part2t, Language.from_part3)}
    for reading in readings.get(len(code), ()):
        try:
            found = reading(code.lower())
        except LanguageNotFoundError:
            continue
        return found.part2b or found.part3
    raise ValueError("write a language by its ISO 639 code, such as dut (or nl), eng, tur")


def _area(code: str) -> str:
    if not _AREA.fullmatch(code):
        raise ValueError("write a neighbourhood by its code of the CBS: WK and six digits, or BU and eight")
    return code


_KEEPABLE = AfterValidator(_keepable)
FreeText = Annotated[str, StringConstraints(min_length=1, max_length=10_000), _KEEPABLE, TYPED_BY_A_PERSON]
ShortText = Annotated[str, StringConstraints(min_length=1, max_length=1_000), _KEEPABLE, TYPED_BY_A_PERSON]
Heading = Annotated[str, StringConstraints(min_length=1, max_length=200), _KEEPABLE, TYPED_BY_A_PERSON]
Name = Annotated[str, StringConstraints(min_length=1, max_length=200), _KEEPABLE]
Identifier = Annotated[str, StringConstraints(min_length=1, max_length=320), _KEEPABLE]
# A desk, a ticket, a form: a mark of the house, with no room for a story.
Mark = Annotated[str, StringConstraints(min_length=1, max_length=60, pattern=r"^[\w][\w .:/()-]*$"), _KEEPABLE]
Code = Annotated[str, StringConstraints(min_length=1, max_length=80, pattern=r"^[a-z0-9][a-z0-9_.-]*$")]
SourceName = Annotated[str, StringConstraints(min_length=1, max_length=400, pattern=r"^\S+$"), _KEEPABLE]
EventId = Annotated[str, StringConstraints(min_length=1, max_length=190), _KEEPABLE]
Moment = Annotated[AwareDatetime, BeforeValidator(_written_moment), AfterValidator(_in_utc)]
LanguageCode = Annotated[str, AfterValidator(_bibliographic)]
AreaCode = Annotated[str, AfterValidator(_area)]
Reference = Annotated[str, StringConstraints(pattern=r"^c[1-9][0-9]{0,3}-[0-9a-f]{32}$")]


class Plain(BaseModel):
    """A part of a body. Unknown fields are refused, so that a typing error in a field name loses nothing silently."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        extra="forbid",
        frozen=True,
        str_strip_whitespace=True,
        hide_input_in_errors=True,
    )


class CitizenGiven(Plain):
    """Who the citizen is, by what was said or shown. The strongest identifier given becomes the reference."""

    bsn: Identifier | None = Field(default=None, description="nine digits; kept only as a pseudonym")
    phone: Identifier | None = Field(default=None, description="kept as a pseudonym, and sealed for the address book")
    email: Identifier | None = Field(default=None, description="kept as a pseudonym, and sealed for the address book")
    member_number: Identifier | None = Field(default=None, description="the organisation's own number; intermediaries only")
    ref: Reference | None = Field(default=None, description="the pseudonym, where the sender already has it")
    ref_kind: Code = Field(default="unknown", description="what the pseudonym in `ref` was made from: bsn, phone, email, member")
    name: Name | None = Field(default=None, description="may be sent, is never kept")

    @property
    def says_who(self) -> bool:
        return any((self.bsn, self.phone, self.email, self.member_number, self.ref))


class CallBackGiven(Plain):
    """A promise to phone. Without `phone` the citizen's own number is meant."""

    before: Moment
    owner: Name | None = None
    phone: Identifier | None = None
    asked: ShortText | None = None


class Question(Plain):
    """One question of a contact: what it is about, what was asked, what was answered."""

    matter: Code = Field(description="a code of the service catalogue")
    heading: Heading | None = None
    summary: FreeText | None = None
    answer: FreeText | None = None
    related_case: Name | None = None


class Submitted(Plain):
    """What every body may carry.

    `category` names what the text is about where the sender's system knows; `medical` and `criminal` are always refused.
    `noMedicalOrCriminalDetail` is the reason why a text that looks medical or criminal tells nothing of that kind about a person.
    """

    id: EventId | None = Field(default=None, description="the sender's own persistent id; the same id is the same event for ever")
    category: Code | None = None
    no_medical_or_criminal_detail: Annotated[str, StringConstraints(min_length=10, max_length=1_000), _KEEPABLE] | None = None


class SaidAboutContact(Submitted):
    """What every contact may carry, whoever it is about."""

    language: LanguageCode = Field(default="dut", description="ISO 639-2/B; a 639-1 code is converted")
    confidential: StrictBool = False
    call_back: CallBackGiven | None = None
    recorded_at: Moment | None = Field(
        default=None, description="when it was written down; later than the contact for a late note"
    )
    neighbourhood: AreaCode | None = Field(
        default=None,
        description="where the citizen lives, if the sender knows it: a code of the CBS, WK and six digits or BU and eight",
    )


class ContactGiven(SaidAboutContact):
    """A contact by the citizen, or by somebody who speaks for the citizen."""

    citizen: CitizenGiven | None = None
    represented_by: CitizenGiven | None = Field(
        default=None,
        description="who spoke for the citizen, where that was somebody else: a partner, a child, a guardian; may be empty",
    )


class OneQuestion(Question):
    """A body that is one question: its fields stand in the body itself."""

    @property
    def each_question(self) -> tuple[tuple[str, Question], ...]:
        """Returns `(pointer, question)`."""
        return (("", self),)


class SeveralQuestions(Plain):
    """A body with one question or several."""

    questions: tuple[Question, ...] = Field(min_length=1, max_length=20)

    @property
    def each_question(self) -> tuple[tuple[str, Question], ...]:
        """Returns `(pointer, question)` of each."""
        return tuple((f"/questions/{position}", question) for position, question in enumerate(self.questions))
