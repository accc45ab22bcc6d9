"""A rule of the front door, and how an adapter keeps it."""

from collections.abc import Callable
from dataclasses import dataclass

from front_door.check_adapter.outcomes import NotChecked, Outcome, Unmet
from front_door.check_adapter.target import Target


@dataclass(frozen=True, slots=True)
class Rule:
    """One promise, as a sentence about the adapter, and how to see whether it is kept."""

    says: str
    check: Callable[[Target], None]

    def tried(self, target: Target) -> Outcome:
        """Returns the outcome at an adapter."""
        try:
            self.check(target)
        except Unmet as fault:
            return Outcome(self.says, passed=False, detail=str(fault))
        except NotChecked as fault:
            return Outcome(self.says, passed=None, detail=str(fault))
        return Outcome(self.says, passed=True)
