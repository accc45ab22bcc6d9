"""Who looked at what, and why."""

from typing import ClassVar

import msgspec

from contact_events.words import CitizenReference, Code, Employee, Moment, Name


class InformationSeen(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Somebody looked at what is kept about a citizen, for a purpose. The citizen reads this list, newest first.

    `what` says which information: `timeline`, `contact_point`, `search`, `access_log`, `channel_choice`. Follows the
    Logboek Dataverwerkingen: the trace and span of the processing are kept with it.
    """

    event_type: ClassVar[str] = "nl.plein.information.seen.v1"

    citizen: CitizenReference
    seen_by: Employee
    role: Code | None = None
    organisation_name: Name | None = None
    purpose: Code
    legal_basis: Name
    what: Code
    seen_at: Moment
    service: Code
    trace_id: Name | None = None
    span_id: Name | None = None
