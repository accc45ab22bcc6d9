"""What callers send and get: camelCase JSON."""

from datetime import UTC, datetime
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, SecretStr, model_validator
from pydantic.alias_generators import to_camel

from channel_router.domain.choice import ChannelChoice, Step
from channel_router.domain.reasons import SENTENCES, Reason
from contact_events.citizen_ref import Assurance, NotAnIdentifier, PseudonymKeys, RefKind
from contact_events.outreach import OutreachRequested
from contact_events.words import CitizenReference

MOST_AT_ONCE = 1000
# A caller that names a citizen by reference may leave out what it was made from.
UNKNOWN_KIND = "unknown"

Code = Annotated[str, Field(min_length=1, max_length=80, pattern=r"^[a-z0-9][a-z0-9_.-]*$")]


def _in_utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC)


Moment = Annotated[AwareDatetime, AfterValidator(_in_utc)]


class Body(BaseModel):
    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, extra="forbid", frozen=True, hide_input_in_errors=True
    )


class CitizenNamed(Body):
    """Whom it is about: the reference, or a BSN (which is turned into a reference at once and kept nowhere)."""

    ref: Annotated[str, Field(pattern=r"^c[1-9][0-9]{0,3}-[0-9a-f]{32}$")] | None = None
    bsn: SecretStr | None = None
    kind: Code = Field(default=UNKNOWN_KIND, description="what the reference was made from: bsn, phone, email, member, visitor")
    assurance: Code = Field(default=Assurance.CLAIMED.value, description="none, claimed, low, substantial or high")

    @model_validator(mode="after")
    def _is_named_once(self) -> Self:
        if (self.ref is None) == (self.bsn is None):
            raise ValueError("must have either `ref` or `bsn`")
        return self

    def reference(self, pseudonyms: PseudonymKeys | None) -> CitizenReference:
        """Returns the reference. Raises NotAnIdentifier with a sentence."""
        if self.ref is not None:
            return CitizenReference(ref=self.ref, kind=self.kind, assurance=self.assurance)
        if pseudonyms is None or self.bsn is None:
            raise NotAnIdentifier("cannot be used here: name the citizen by `ref`, or set PSEUDONYM_KEYS for this service")
        ref = pseudonyms.ref(RefKind.BSN, self.bsn.get_secret_value())
        return CitizenReference(ref=ref.text, kind=RefKind.BSN.value, assurance=self.assurance)


class ChoiceAsked(Body):
    """For whom and for what a channel is asked."""

    citizen: CitizenNamed
    matter: Code
    purpose: Code = Field(description="why you ask: a code of the municipality's purpose register")
    title: Annotated[str, Field(min_length=1, max_length=1000)] = "-"
    urgency: Literal["low", "normal", "high"] = "normal"
    legal_form: Code = Field(default="none", description="the form the law asks: none, written, registered_letter")
    reach_before: Moment | None = Field(default=None, description="the term")
    interaction_need: Code = Field(default="inform", description="a need of the policy")
    societal_result: Code = Field(default="good_service", description="a result of the policy")
    confidential: bool = False
    language: Annotated[str, Field(pattern=r"^[a-z]{3}$")] | None = Field(default=None, description="ISO 639-2/B")
    campaign: Annotated[str, Field(min_length=1, max_length=200)] | None = None

    def request(self, citizen: CitizenReference, requested_by: str, now: datetime) -> OutreachRequested:
        """Returns what was asked as the event says it."""
        return OutreachRequested(
            citizen=citizen,
            matter=self.matter,
            purpose=self.purpose,
            title=self.title,
            requested_by=requested_by[:200],
            requested_at=now,
            urgency=self.urgency,
            legal_form=self.legal_form,
            reach_before=self.reach_before,
            interaction_need=self.interaction_need,
            societal_result=self.societal_result,
            confidential=self.confidential,
            language=self.language,
            campaign=self.campaign,
        )


class OutreachAsked(ChoiceAsked):
    """Something to tell a citizen. `(source, id)` identifies it for ever: the same again is the same request."""

    title: Annotated[str, Field(min_length=1, max_length=1000)]
    source: Annotated[str, Field(min_length=1, max_length=400)] | None = Field(
        default=None, description="who asks, as a URN of the access token; its first one when left out"
    )
    id: Annotated[str, Field(min_length=1, max_length=200)] | None = Field(
        default=None, description="the asker's own id; else the Idempotency-Key, else a new one"
    )


class ChoicesAsked(Body):
    """Many at once, each with its own answer."""

    requests: Annotated[tuple[ChoiceAsked, ...], Field(min_length=1, max_length=MOST_AT_ONCE)]


class OutreachesAsked(Body):
    """Many at once, all kept or none."""

    requests: Annotated[tuple[OutreachAsked, ...], Field(min_length=1, max_length=MOST_AT_ONCE)]


class ReasonShown(Body):
    """A reason: its code, and its sentence in Dutch (B1) and English."""

    code: str
    nl: str
    en: str

    @classmethod
    def of(cls, reason: Reason) -> Self:
        return cls(code=reason.value, nl=SENTENCES[reason]["nl"], en=SENTENCES[reason]["en"])


class SkippedShown(Body):
    channel: str
    reason: ReasonShown
    since: datetime | None = None


class StepShown(Body):
    channel: str
    not_before: datetime
    reason: ReasonShown
    contact_point: str | None = None

    @classmethod
    def of(cls, step: Step) -> Self:
        reason = ReasonShown.of(step.reason)
        return cls(channel=step.channel, not_before=step.not_before, reason=reason, contact_point=step.contact_point)


class ChoiceShown(Body):
    """How a citizen would be reached now, and why. Nothing of it is kept, but that it was asked."""

    citizen: str
    channel: str
    not_before: datetime
    send_before: datetime | None
    needs_person: bool
    contact_point: str | None
    through_organisation: str | None
    language: str
    policy_version: str
    sentence: dict[str, str]
    reasons: tuple[ReasonShown, ...]
    skipped: tuple[SkippedShown, ...]
    next_steps: tuple[StepShown, ...]

    @classmethod
    def of(cls, citizen: str, choice: ChannelChoice) -> Self:
        return cls(
            citizen=citizen,
            channel=choice.channel,
            not_before=choice.not_before,
            send_before=choice.send_before,
            needs_person=choice.needs_person,
            contact_point=choice.contact_point,
            through_organisation=choice.through_organisation,
            language=choice.language,
            policy_version=choice.policy_version,
            sentence=dict(choice.sentence),
            reasons=tuple(map(ReasonShown.of, choice.reasons)),
            skipped=tuple(
                SkippedShown(channel=channel, reason=ReasonShown.of(reason), since=choice.since.get(channel))
                for channel, reason in choice.skipped.items()
            ),
            next_steps=tuple(map(StepShown.of, choice.next_steps)),
        )


class ChoicesShown(Body):
    """The answers, in the order of the requests."""

    choices: tuple[ChoiceShown, ...]


class OutreachHeard(Body):
    """The request is kept and will be answered with a choice on `channel-choices`, whose id is `requestKey` without dashes."""

    id: str
    source: str
    request_key: str
    receipt: str


class OutreachesHeard(Body):
    """What was kept, in the order of the requests."""

    requests: tuple[OutreachHeard, ...]
