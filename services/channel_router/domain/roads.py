"""Whether a channel has a way to this citizen: an address that works, a portal account, a helper with a mandate."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from channel_router.domain.facts import Address, Circumstance, CitizenFacts
from channel_router.domain.policy import AddressRules, ChannelRules, Policy
from channel_router.domain.reasons import Reason
from channel_router.domain.wishes import Wish
from contact_events.citizen_ref import Assurance, RefKind
from contact_events.outreach import OutreachRequested

_POSTAL = "postal"
_ASSURANCE_RANK = {assurance.value: assurance.rank for assurance in Assurance}


@dataclass(frozen=True, slots=True)
class Road:
    """A way to the citizen. `contact_point` None: the address is in the register, the account or the mandate itself."""

    contact_point: str | None = None
    through_organisation: str | None = None
    reasons: tuple[Reason, ...] = ()
    is_protected: bool = False


@dataclass(frozen=True, slots=True)
class Blocked:
    """Why there is no way, and since when where that is known."""

    reason: Reason
    since: datetime | None = None


def road_for(
    rules: ChannelRules, request: OutreachRequested, wish: Wish, facts: CitizenFacts, policy: Policy, now: datetime
) -> Road | Blocked:
    """Returns the way a channel has to the citizen, or what blocks it."""
    match rules.address:
        case "account":
            return _account(facts, policy, now)
        case "mandate":
            return _helper(request, wish, facts, now)
        case "postal":
            return _postal(request, wish, facts, policy, now)
        case kind:
            return _electronic(kind, request, wish, facts, policy, now)


def _account(facts: CitizenFacts, policy: Policy, now: datetime) -> Road | Blocked:
    seen = [contact.at for contact in facts.contacts if contact.signed_in]
    if seen and max(seen) >= now - policy.addresses.account_for:
        return Road()
    return Blocked(Reason.NOT_SEEN_ON_PORTAL)


def _helper(request: OutreachRequested, wish: Wish, facts: CitizenFacts, now: datetime) -> Road | Blocked:
    if wish.through_organisation is None:
        return Blocked(Reason.NO_INTERMEDIARY_ASKED)
    for mandate in facts.mandates:
        if mandate.organisation == wish.through_organisation and mandate.covers(request.matter, now):
            return Road(through_organisation=mandate.organisation)
    return Blocked(Reason.NO_VALID_MANDATE)


def _electronic(
    kind: str, request: OutreachRequested, wish: Wish, facts: CitizenFacts, policy: Policy, now: datetime
) -> Road | Blocked:
    known = [address for address in facts.addresses if address.kind == kind]
    if request.citizen.kind == kind and all(address.contact_point != request.citizen.ref for address in facts.addresses):
        # A citizen known by a phone number or e-mail address only: that reference is the contact point.
        known.append(Address(request.citizen.ref, kind, request.citizen.assurance, seen_at=request.requested_at))
    best = _best(known, wish, Circumstance.SECRET_ADDRESS in facts.circumstances, policy.addresses, now)
    return best if isinstance(best, Blocked) else _known(best)


def _postal(request: OutreachRequested, wish: Wish, facts: CitizenFacts, policy: Policy, now: datetime) -> Road | Blocked:
    """A verified address first, then the register's (anyone with a BSN has one), then what the citizen gave.

    A secret address is used only where it was verified, and then along the protected route. While a letter that came back
    has not been followed by a verified address, the register's address is not trusted either.
    """
    known = [address for address in facts.addresses if address.kind == _POSTAL]
    is_secret = Circumstance.SECRET_ADDRESS in facts.circumstances
    in_register = request.citizen.kind == RefKind.BSN or RefKind.BSN in facts.kinds
    best = _best(known, wish, is_secret, policy.addresses, now)
    if isinstance(best, Address) and best.is_verified:
        return _known(best, is_protected=is_secret)
    if is_secret:
        return Blocked(Reason.ADDRESS_IS_SECRET)
    if in_register:
        bounced = [address.bounced_at for address in known if address.bounced_at is not None and address.has_bounced]
        return Blocked(Reason.ADDRESS_BOUNCED, max(bounced)) if bounced else Road()
    return best if isinstance(best, Blocked) else _known(best)


def _known(address: Address, *, is_protected: bool = False) -> Road:
    proof = Reason.ADDRESS_VERIFIED if address.is_verified else Reason.ADDRESS_CLAIMED
    return Road(address.contact_point, reasons=(proof,), is_protected=is_protected)


def _best(known: Iterable[Address], wish: Wish, only_verified: bool, rules: AddressRules, now: datetime) -> Address | Blocked:
    """Returns the address to use, or why there is none.

    The one the citizen asked for, else verified before claimed, then how sure, then the newest.
    """
    blocked: list[Blocked] = []
    usable: list[Address] = []
    for address in known:
        if address.has_bounced:
            blocked.append(Blocked(Reason.ADDRESS_BOUNCED, address.bounced_at))
        elif _is_refused(address, rules, now):
            blocked.append(Blocked(Reason.ADDRESS_BOUNCED, address.refused_at))
        elif only_verified and not address.is_verified:
            blocked.append(Blocked(Reason.ADDRESS_IS_SECRET))
        elif not _is_fresh(address, rules, now):
            blocked.append(Blocked(Reason.ADDRESS_TOO_OLD))
        else:
            usable.append(address)
    if usable:
        return max(usable, key=lambda address: (address.contact_point == wish.contact_point, _worth(address)))
    return min(blocked, key=_weight, default=Blocked(Reason.NO_ADDRESS_KNOWN))


def _worth(address: Address) -> tuple[bool, int, float, str]:
    last = max((moment for moment in (address.verified_at, address.seen_at) if moment is not None), default=None)
    rank = _ASSURANCE_RANK.get(address.assurance, 0)
    return address.is_verified, rank, last.timestamp() if last else 0.0, address.contact_point


def _weight(blocked: Blocked) -> tuple[str, float]:
    return blocked.reason.value, -(blocked.since.timestamp() if blocked.since else 0.0)


def _is_refused(address: Address, rules: AddressRules, now: datetime) -> bool:
    if address.refused_at is None or address.refused_at < now - rules.refused_for:
        return False
    return address.verified_at is None or address.verified_at <= address.refused_at


def _is_fresh(address: Address, rules: AddressRules, now: datetime) -> bool:
    if address.verified_at is not None and address.verified_at >= now - rules.verified_for:
        return True
    return address.seen_at is not None and address.seen_at >= now - rules.claimed_for


def needs_surer_identity(request: OutreachRequested, facts: CitizenFacts) -> bool:
    """Says whether a confidential matter has only a reference that may be somebody else's (a shared phone, a visitor)."""
    if not request.confidential or RefKind.BSN in facts.kinds:
        return False
    unsure_kinds = (RefKind.PHONE, RefKind.EMAIL, RefKind.VISITOR)
    return request.citizen.kind in unsure_kinds or request.citizen.assurance == Assurance.NONE
