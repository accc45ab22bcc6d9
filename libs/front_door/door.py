"""What one channel puts into the front door."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from contact_events.channels import Channel
from front_door.given import Submitted
from front_door.submission import Interpret
from service_runtime.http import validated
from service_runtime.problems import FieldFault, invalid_input


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of submission: its CloudEvents type, its bodies, an example that works, and the rule that reads it.

    With several bodies, the field `told_apart_by` names the one that is meant.
    """

    submission_type: str
    bodies: Mapping[str, type[Submitted]]
    example: Mapping[str, Any]
    interpret: Interpret
    told_apart_by: str | None = None

    def read(self, raw: object, pointer: str = "") -> Submitted:
        """Returns what was sent as a body. Raises Problem 400 with every fault."""
        if self.told_apart_by is None:
            (body,) = self.bodies.values()
            return validated(body, raw, pointer=pointer)
        name = raw.get(self.told_apart_by) if isinstance(raw, dict) else None
        if not isinstance(name, str) or name not in self.bodies:
            reason = f"must be one of {', '.join(sorted(self.bodies))}"
            raise invalid_input([FieldFault(self.told_apart_by, f"{pointer}/{self.told_apart_by}", reason)])
        return validated(self.bodies[name], raw, pointer=pointer)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelDoor:
    """One channel: who may post (`scope`), what it posts and how that is read.

    `facts` names the citizen facts this channel may state. `interpret` is pure: no clock, no I/O, faults as values.
    """

    service: str
    title: str
    description: str
    channel: Channel
    scope: str
    submission_type: str
    body: type[Submitted]
    example: Mapping[str, Any]
    interpret: Interpret
    facts: frozenset[str] = field(default_factory=frozenset)

    @property
    def contact(self) -> Kind:
        """The kind of submission this channel exists for."""
        return Kind(
            submission_type=self.submission_type,
            bodies={self.body.__name__: self.body},
            example=self.example,
            interpret=self.interpret,
        )
