"""Groups under ten people are not shown, and neither is what they can be worked out from (product.md, journey 10)."""

from collections.abc import Mapping
from dataclasses import dataclass

FEWEST_PEOPLE = 10


@dataclass(frozen=True, slots=True)
class Group:
    """How many contacts a group had, and how many people at least: those with a BSN, for one number may be of several people
    and one visitor leaves several. `solved` are the contacts after which none came about the same matter in 28 days.
    """

    contacts: int
    people: int
    repeats: int = 0
    solved: int = 0
    judged: int = 0

    @property
    def came_back(self) -> int | None:
        """How many of the contacts were about the same as one before, in percent."""
        return _percent(self.repeats, self.contacts)

    @property
    def done_at_once(self) -> int | None:
        """How many were solved, in percent of those of which that can be said already."""
        return _percent(self.solved, self.judged)


def _percent(part: int, of: int) -> int | None:
    """Returns nothing of a few contacts: that would say something of somebody, and not of the group."""
    return round(100 * part / of) if of >= FEWEST_PEOPLE else None


@dataclass(frozen=True, slots=True)
class Shown:
    """What is shown of some groups that make up a whole: the groups that may be, and which may not."""

    groups: Mapping[str, Group]
    hidden: tuple[str, ...]
    whole: Group | None


def shown(groups: Mapping[str, Group], whole: Group) -> Shown:
    """Returns what may be shown of groups beside their total.

    A group under ten people is hidden. The total less the others would give the hidden ones away together, and they may be
    the same people: so the smallest that is left is hidden along, which makes them ten for certain. A total of under ten
    people is not shown at all.
    """
    if whole.people < FEWEST_PEOPLE:
        return Shown({}, tuple(sorted(groups)), None)
    hidden = {name for name, group in groups.items() if group.people < FEWEST_PEOPLE}
    left = sorted(
        (name for name in groups if name not in hidden), key=lambda name: (groups[name].people, groups[name].contacts, name)
    )
    if hidden and left:
        hidden.add(left.pop(0))
    return Shown({name: groups[name] for name in left}, tuple(sorted(hidden)), whole)
