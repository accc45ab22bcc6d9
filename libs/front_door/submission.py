"""What a door hands to a channel's rules, and what comes back: events, or a refusal as a value."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, SecretStr

from contact_events.citizen_ref import PseudonymKeys
from contact_events.envelope import Event
from contact_events.matters import Matters
from contact_events.sealing import SealingKey
from service_runtime.problems import FieldFault

B = TypeVar("B", bound=BaseModel, covariant=True)


@dataclass(frozen=True, slots=True)
class Sender:
    """Who posts, as the token said: an employee or a system, perhaps of an organisation, perhaps the citizen in person."""

    name: str
    organisation: str | None = None
    organisation_name: str | None = None
    sign_in_level: str | None = None
    bsn: SecretStr | None = None


@dataclass(frozen=True, slots=True)
class Submission(Generic[B]):
    """One body as it came in. `logged_at` is the sender's own time of writing where it gave one, else `received_at`."""

    source: str
    id: str
    received_at: datetime
    logged_at: datetime
    sender: Sender
    body: B
    digest: bytes | None = None

    def event_id(self, number: int) -> str:
        """Returns the id of the n-th event of this submission, counted from 1; the first bears the submission's own id."""
        return self.id if number == 1 else f"{self.id}#{number}"


@dataclass(frozen=True, slots=True)
class DoorKeys:
    """The two keys a door holds: one makes pseudonyms, one seals contact points. It can open nothing."""

    pseudonyms: PseudonymKeys
    sealing: SealingKey


class RefusalKind(StrEnum):
    """Why a submission is refused; becomes the problem type."""

    INVALID = "invalid"
    MEDICAL_OR_CRIMINAL = "medical-or-criminal"
    NO_ORGANISATION = "no-organisation"
    NOT_YOUR_OWN = "not-your-own"

    @property
    def status(self) -> int:
        return 403 if self in (RefusalKind.NO_ORGANISATION, RefusalKind.NOT_YOUR_OWN) else 400


@dataclass(frozen=True, slots=True)
class Refused:
    """Nothing of the submission is kept. The faults name the fields and never repeat their text."""

    kind: RefusalKind
    faults: tuple[FieldFault, ...]


Events = tuple[Event[Any], ...]
Interpret = Callable[[Submission[Any], DoorKeys, Matters], Events | Refused]
