"""From what was given about a person to a reference, with how sure we are, and the contact points that came along."""

from collections.abc import Iterator
from dataclasses import dataclass

from pydantic import SecretStr

from contact_events.citizen_ref import Assurance, CitizenRef, NotAnIdentifier, RefKind, normalised
from contact_events.words import CitizenReference, ContactPoint
from front_door.given import CitizenGiven
from front_door.submission import DoorKeys, Sender
from service_runtime.problems import FieldFault

NOBODY = CitizenGiven()


@dataclass(frozen=True, slots=True)
class Recognised:
    """The citizen of a submission; `phone` is the reference of the number they can be phoned on."""

    citizen: CitizenReference
    contact_points: tuple[ContactPoint, ...] = ()
    phone: CitizenRef | None = None


def recognised(
    given: CitizenGiven,
    keys: DoorKeys,
    sender: Sender,
    *,
    visitor: tuple[str, str],
    sure: Assurance = Assurance.CLAIMED,
    pointer: str = "/citizen",
) -> Recognised | tuple[FieldFault, ...]:
    """Returns whom this is about, or a fault for each identifier that is none.

    BSN, given reference, member number, e-mail and phone number come before one another in that order; nothing given is the
    visitor of this one event, `visitor` being its `(source, id)`. `sure` holds for a BSN or reference; what somebody merely
    mentions is claimed.
    """
    faults: list[FieldFault] = []
    refs: dict[RefKind, CitizenRef] = {}
    points: list[ContactPoint] = []
    for kind, name, text in _identifiers(given):
        try:
            ref = keys.pseudonyms.ref(kind, text, organisation=sender.organisation or "")
        except NotAnIdentifier as fault:
            faults.append(FieldFault(name, f"{pointer}/{name}", str(fault)))
            continue
        refs[kind] = ref
        if kind in (RefKind.PHONE, RefKind.EMAIL):
            points.append(_sealed(keys, kind, text, ref))
        elif kind is RefKind.MEMBER:
            points.append(ContactPoint(kind=kind, ref=ref.text, assurance=Assurance.CLAIMED))
    if faults:
        return tuple(faults)
    return Recognised(_strongest(given, refs, keys, visitor, sure), tuple(points), refs.get(RefKind.PHONE))


def phone_point(phone: str, keys: DoorKeys, pointer: str) -> ContactPoint | FieldFault:
    """Returns the sealed contact point of a phone number, or the fault in it."""
    try:
        return _sealed(keys, RefKind.PHONE, phone, keys.pseudonyms.ref(RefKind.PHONE, phone))
    except NotAnIdentifier as fault:
        return FieldFault("phone", pointer, str(fault))


def signed_in(given: CitizenGiven, bsn: SecretStr | None) -> CitizenGiven:
    """Returns the citizen with the BSN their own sign-in proved; what they typed does not outrank it."""
    return given if bsn is None else given.model_copy(update={"bsn": bsn.get_secret_value()})


def _identifiers(given: CitizenGiven) -> Iterator[tuple[RefKind, str, str]]:
    for kind, name, text in (
        (RefKind.BSN, "bsn", given.bsn),
        (RefKind.MEMBER, "memberNumber", given.member_number),
        (RefKind.EMAIL, "email", given.email),
        (RefKind.PHONE, "phone", given.phone),
    ):
        if text is not None:
            yield kind, name, text


def _strongest(
    given: CitizenGiven, refs: dict[RefKind, CitizenRef], keys: DoorKeys, visitor: tuple[str, str], sure: Assurance
) -> CitizenReference:
    if RefKind.BSN in refs:
        return CitizenReference(ref=refs[RefKind.BSN].text, kind=RefKind.BSN, assurance=sure)
    if given.ref is not None:
        return CitizenReference(ref=given.ref, kind=given.ref_kind, assurance=sure)
    for kind in (RefKind.MEMBER, RefKind.EMAIL, RefKind.PHONE):
        if kind in refs:
            return CitizenReference(ref=refs[kind].text, kind=kind, assurance=Assurance.CLAIMED)
    return CitizenReference(ref=keys.pseudonyms.visitor_of(*visitor).text, kind=RefKind.VISITOR, assurance=Assurance.NONE)


def _sealed(keys: DoorKeys, kind: RefKind, text: str, ref: CitizenRef) -> ContactPoint:
    sealed = keys.sealing.seal(normalised(kind, text), ref)
    return ContactPoint(kind=kind, ref=ref.text, assurance=Assurance.CLAIMED, sealed=sealed)
