"""What the citizen asked, for one matter: the wish for that matter laid over the general one."""

from collections.abc import Iterable
from dataclasses import dataclass

from contact_events.facts import ContactWishSet, QuietHours


@dataclass(frozen=True, slots=True)
class Wish:
    """The wish that counts for a matter."""

    preferred: tuple[str, ...] = ()
    refused: frozenset[str] = frozenset()
    quiet_hours: tuple[QuietHours, ...] = ()
    language: str | None = None
    person_please: bool = False
    through_organisation: str | None = None
    contact_point: str | None = None


NO_WISH = Wish()


def wish_for(matter: str, wishes: Iterable[ContactWishSet]) -> Wish:
    """Returns the wish that counts for a matter.

    What is asked for this matter outranks what is asked in general: a channel preferred here is not refused by the
    general wish. Quiet hours of both hold, because being left alone is never taken back by silence.
    """
    general: ContactWishSet | None = None
    special: ContactWishSet | None = None
    for wish in wishes:
        if wish.matter is None and (general is None or wish.set_at >= general.set_at):
            general = wish
        elif wish.matter == matter and (special is None or wish.set_at >= special.set_at):
            special = wish
    if special is None:
        return NO_WISH if general is None else _alone(general)
    if general is None:
        return _alone(special)
    refused = (frozenset(general.refused_channels) - frozenset(special.preferred_channels)) | frozenset(special.refused_channels)
    return Wish(
        preferred=_without(special.preferred_channels or general.preferred_channels, refused),
        refused=refused,
        quiet_hours=(*special.quiet_hours, *general.quiet_hours),
        language=special.language or general.language,
        person_please=special.person_please or general.person_please,
        through_organisation=special.through_organisation or general.through_organisation,
        contact_point=special.preferred_contact_point or general.preferred_contact_point,
    )


def _alone(wish: ContactWishSet) -> Wish:
    refused = frozenset(wish.refused_channels)
    return Wish(
        preferred=_without(wish.preferred_channels, refused),
        refused=refused,
        quiet_hours=wish.quiet_hours,
        language=wish.language,
        person_please=wish.person_please,
        through_organisation=wish.through_organisation,
        contact_point=wish.preferred_contact_point,
    )


def _without(preferred: tuple[str, ...], refused: frozenset[str]) -> tuple[str, ...]:
    return tuple(channel for channel in dict.fromkeys(preferred) if channel not in refused)
