"""A rule of the front door, and how an adapter keeps it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from front_door.check_adapter.target import Target


class NotAnAdapter(Exception):
    """There is no adapter at this address that can be checked. The message says what was missed."""


class Unmet(Exception):
    """The adapter does not keep the rule. The message says what came instead of what."""


class NotChecked(Exception):
    """The rule could not be tried. The message says what it needs."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one rule came out: passed, failed, or (None) not checked."""

    rule: str
    passed: bool | None
    detail: str = ""

    @property
    def line(self) -> str:
        """Returns the line people read."""
        mark = {True: "pass", False: "FAIL", None: "skip"}[self.passed]
        return f"{mark}  {self.rule}" + (f": {self.detail}" if self.detail else "")


@dataclass(frozen=True, slots=True)
class Rule:
    """One promise, as a sentence about the adapter, and how to see whether it is kept."""

    says: str
    check: "Callable[[Target], None]"

    def tried(self, target: "Target") -> Outcome:
        """Returns the outcome at an adapter."""
        try:
            self.check(target)
        except Unmet as fault:
            return Outcome(self.says, passed=False, detail=str(fault))
        except NotChecked as fault:
            return Outcome(self.says, passed=None, detail=str(fault))
        return Outcome(self.says, passed=True)


def expect(*, that: bool, otherwise: str) -> None:
    """Raises Unmet with the sentence unless the claim holds."""
    if not that:
        raise Unmet(otherwise)
